#include "api/detail/labels.h"

#include <nlohmann/json.hpp>
#include <set>

#include "base/mapped_file.h"
#include "base/strings.h"

namespace corecast::api {
namespace {

Error label_error(std::string why, std::string help) {
  return Error(Code::E1015, "labels: " + std::move(why), std::move(help));
}

}  // namespace

Result<std::vector<std::string>> read_labels(const std::string& path) {
  TRY(const auto file, MappedFile::open(path));
  const std::string_view text = trim(as_chars(file->bytes()));
  std::vector<std::string> labels;
  if (text.starts_with('[')) {
    const auto array = nlohmann::json::parse(text, nullptr, false);
    for (const auto& entry : array) {
      if (!entry.is_string()) break;
      labels.push_back(entry.get<std::string>());
    }
    if (array.is_discarded() || labels.size() != array.size()) {
      return label_error("the file is no JSON array of texts", "or write one label a line")
          .with_file(path);
    }
  } else {
    for (const auto line : split(text, '\n')) labels.emplace_back(trim(line));
  }
  const std::set<std::string> unique(labels.begin(), labels.end());
  if (text.empty() || unique.contains("")) {
    return label_error("there is an empty label", "one label a line").with_file(path);
  }
  if (unique.size() != labels.size()) {
    return label_error(cat("only ", unique.size(), " of ", labels.size(), " are different"),
                       "each class needs a label of its own")
        .with_file(path);
  }
  return labels;
}

Status apply_labels(std::vector<std::string> labels, ir::Module& module) {
  const ir::Function& f = module.main();
  const auto& results = f.block(f.entry()).results;
  std::vector<std::string> fitting, all;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const ir::Type& type = f.type(results[i]);
    all.push_back(cat(f.outputs[i].name, " ", to_string(type)));
    const auto count = ir::element_count(type.shape).constant();
    if (ir::is_floating(type.dtype) && count == static_cast<std::int64_t>(labels.size()))
      fitting.push_back(f.outputs[i].name);
  }
  if (fitting.size() != 1) {
    return label_error(
        cat(fitting.empty() ? "no output has " : "more than one output has ", labels.size(),
            " scores; there are ", join(all)),
        "the scores need a fixed size; --output keeps one output, --input fixes sizes");
  }
  module.class_labels = ir::ClassLabels{fitting[0], std::move(labels)};
  return {};
}

}  // namespace corecast::api
