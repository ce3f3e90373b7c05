#include "compress/recipe/json_object.h"

#include <algorithm>
#include <cmath>

#include "base/strings.h"

namespace corecast::compress {

using nlohmann::json;

Error json_error(const std::string& place, const std::string& wanted) {
  return Error(Code::E1310, cat("recipe: ", place, " must be ", wanted),
               "`corecast schema recipe` prints the form");
}

Result<JsonObject> JsonObject::of(const json& value, std::string place) {
  if (!value.is_object()) return json_error(place, "an object");
  return JsonObject(value, std::move(place));
}

const json* JsonObject::find(const std::string& key) {
  known_.push_back(key);
  const auto it = object_->find(key);
  return it == object_->end() ? nullptr : &*it;
}

Result<std::optional<std::string>> JsonObject::text(const std::string& key) {
  const json* v = find(key);
  if (!v) return std::optional<std::string>();
  if (!v->is_string()) return json_error(place(key), "a text");
  return std::optional(v->get<std::string>());
}

Result<std::optional<double>> JsonObject::number(const std::string& key) {
  const json* v = find(key);
  if (!v) return std::optional<double>();
  if (!v->is_number() || !std::isfinite(v->get<double>()))
    return json_error(place(key), "a number");
  return std::optional(v->get<double>());
}

Result<std::optional<std::int64_t>> JsonObject::integer(const std::string& key) {
  const json* v = find(key);
  if (!v) return std::optional<std::int64_t>();
  if (!v->is_number_integer() ||
      (v->is_number_unsigned() && v->get<std::uint64_t>() > std::uint64_t{INT64_MAX}))
    return json_error(place(key), "an integer");
  return std::optional(v->get<std::int64_t>());
}

Result<std::optional<bool>> JsonObject::flag(const std::string& key) {
  const json* v = find(key);
  if (!v) return std::optional<bool>();
  if (!v->is_boolean()) return json_error(place(key), "true or false");
  return std::optional(v->get<bool>());
}

Result<std::vector<std::string>> JsonObject::texts(const std::string& key) {
  const json* v = find(key);
  std::vector<std::string> out;
  if (!v) return out;
  if (v->is_string()) {
    out.push_back(v->get<std::string>());
    return out;
  }
  if (!v->is_array()) return json_error(place(key), "a text or an array of texts");
  for (const json& entry : *v) {
    if (!entry.is_string()) return json_error(place(key), "a text or an array of texts");
    out.push_back(entry.get<std::string>());
  }
  return out;
}

Status JsonObject::finish() const {
  for (const auto& [key, value] : object_->items()) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    const std::string near = nearest(key, known_);
    return Error(
        Code::E1311, cat("recipe: ", place_, " has an unknown key ", quote(key)),
        near.empty() ? cat("known keys: ", join(known_)) : cat("did you mean ", quote(near), "?"));
  }
  return {};
}

}  // namespace corecast::compress
