// JsonObject: reads the members of a JSON object by name, and refuses those nobody asked for.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace corecast::compress {

class JsonObject {
 public:
  /// `place` is how errors call it: "rules[2].scheme". Errors: E1310 not an object.
  static Result<JsonObject> of(const nlohmann::json& value, std::string place);

  /// The member, or null. It counts as known from then on.
  const nlohmann::json* find(const std::string& key);
  /// Members of a type. Errors: E1310 another type; empty when absent.
  Result<std::optional<std::string>> text(const std::string& key);
  Result<std::optional<double>> number(const std::string& key);
  Result<std::optional<std::int64_t>> integer(const std::string& key);
  Result<std::optional<bool>> flag(const std::string& key);
  /// A text, or an array of them.
  Result<std::vector<std::string>> texts(const std::string& key);

  /// Errors: E1311 a key that nobody asked for, with the nearest that somebody did.
  Status finish() const;
  std::string place(const std::string& key) const { return place_ + "." + key; }

 private:
  JsonObject(const nlohmann::json& object, std::string place)
      : object_(&object), place_(std::move(place)) {}
  const nlohmann::json* object_;
  std::string place_;
  std::vector<std::string> known_;
};

/// E1310: `place` is not `wanted`.
Error json_error(const std::string& place, const std::string& wanted);

}  // namespace corecast::compress
