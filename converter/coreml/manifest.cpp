#include "converter/coreml/manifest.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/strings.h"

namespace corecast::coreml {
namespace {

using nlohmann::json;

constexpr std::size_t kLargestManifest = 1 << 20;
constexpr int kDeepest = 16;

Error malformed(const std::string& why) {
  return Error(Code::E2401, "the package's manifest " + why,
               "the package is damaged or incomplete");
}

/// Parses with what the library leaves open settled: bounded depth, no key twice.
Result<json> parse_strictly(std::string_view text) {
  std::vector<std::set<std::string>> keys;
  std::string fault;
  const json::parser_callback_t watch = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth > kDeepest) fault = "is nested too deeply";
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end && !keys.empty()) keys.pop_back();
    if (event == json::parse_event_t::key && !keys.empty()) {
      const auto& key = parsed.get_ref<const std::string&>();
      if (!keys.back().insert(key).second)
        fault = cat("has the key ", corecast::quote(key), " twice");
    }
    return true;
  };
  json value = json::parse(text, watch, /*allow_exceptions=*/false);
  if (value.is_discarded()) return malformed("is not valid JSON");
  if (!fault.empty()) return malformed(fault);
  return value;
}

Result<std::string> text_field(const json& object, const char* key) {
  const auto it = object.find(key);
  if (it == object.end()) return malformed(cat("lacks the key ", corecast::quote(key)));
  if (!it->is_string()) return malformed(cat("has a ", corecast::quote(key), " that is no text"));
  return it->get<std::string>();
}

Status check_version(const std::string& version) {
  const auto parts = split(version, '.');
  std::vector<std::int64_t> numbers;
  for (const auto part : parts) {
    std::int64_t number = -1;
    if (!parse_int(part, number) || number < 0) break;
    numbers.push_back(number);
  }
  if (numbers.size() != 3 || parts.size() != 3) {
    return malformed(cat("has version ", corecast::quote(version), ", expected three numbers"));
  }
  if (numbers > std::vector<std::int64_t>{1, 0, 0}) {
    return malformed(
        cat("has version ", corecast::quote(version), ", the newest known is \"1.0.0\""));
  }
  return {};
}

}  // namespace

const ManifestItem* Manifest::find(std::string_view id) const {
  const auto it =
      std::find_if(items.begin(), items.end(), [&](const auto& item) { return item.id == id; });
  return it == items.end() ? nullptr : &*it;
}

bool is_contained_path(std::string_view path) {
  if (path.empty() || path.find('\\') != path.npos || path.find('\0') != path.npos) return false;
  const auto parts = split(path, '/');
  return std::none_of(parts.begin(), parts.end(),
                      [](auto part) { return part.empty() || part == "." || part == ".."; });
}

Result<Manifest> parse_manifest(ByteView bytes) {
  if (bytes.size() > kLargestManifest) {
    return malformed(cat("has ", bytes.size(), " bytes, allowed are ", kLargestManifest));
  }
  TRY(const json root, parse_strictly(as_chars(bytes)));
  if (!root.is_object()) return malformed("is no JSON object");
  TRY(const auto version, text_field(root, "fileFormatVersion"));
  TRY_VOID(check_version(version));
  Manifest manifest;
  TRY(manifest.root_id, text_field(root, "rootModelIdentifier"));
  const auto entries = root.find("itemInfoEntries");
  if (entries == root.end() || !entries->is_object()) {
    return malformed("lacks the object \"itemInfoEntries\"");
  }
  for (const auto& [id, entry] : entries->items()) {
    if (!entry.is_object())
      return malformed(cat("has an item ", corecast::quote(id), " that is no object"));
    ManifestItem item;
    item.id = id;
    TRY(item.name, text_field(entry, "name"));
    TRY(item.author, text_field(entry, "author"));
    TRY(item.path, text_field(entry, "path"));
    TRY(item.description, text_field(entry, "description"));
    if (!is_contained_path(item.path)) {
      return malformed(cat("names a path outside the package: ", corecast::quote(item.path)));
    }
    manifest.items.push_back(std::move(item));
  }
  if (!manifest.find(manifest.root_id)) {
    return malformed(cat("has no item for its root model ", corecast::quote(manifest.root_id)));
  }
  return manifest;
}

std::string manifest_text(const Manifest& manifest) {
  json entries = json::object();  // sorts its keys
  for (const auto& item : manifest.items) {
    entries[item.id] = {{"author", item.author},
                        {"description", item.description},
                        {"name", item.name},
                        {"path", item.path}};
  }
  const json root = {{"fileFormatVersion", "1.0.0"},
                     {"itemInfoEntries", entries},
                     {"rootModelIdentifier", manifest.root_id}};
  return root.dump(4) + "\n";
}

}  // namespace corecast::coreml
