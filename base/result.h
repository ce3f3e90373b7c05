// Result<T>: a value or an Error. Member names follow std::expected, which it is to become.
//
// TRY is a statement, not an expression:
//   TRY(auto bytes, read_file(path));     // declares `bytes`, or returns the error
//   TRY_VOID(check_header(bytes));
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/check.h"
#include "base/code.h"

namespace corecast {

/// Where in the user's input a problem lies. Every field may be empty.
struct Where {
  std::string file;
  std::string graph;
  std::string node;
  std::string op;
  std::string source;  ///< e.g. a Python source line recorded by the exporter

  bool empty() const {
    return file.empty() && graph.empty() && node.empty() && op.empty() && source.empty();
  }
};

/// A failure caused by the input or the environment. What kind it is follows from its code.
struct [[nodiscard]] Error {
  Code code;
  std::string message;
  std::string help;  ///< what the user can do about it
  Where where;
  bool is_summary = false;  ///< stands for errors that are in the diagnostics already

  Error(Code c, std::string m, std::string h = {}, Where w = {})
      : code(c), message(std::move(m)), help(std::move(h)), where(std::move(w)) {}

  ErrorKind kind() const { return kind_of(code); }
  Error&& with_file(std::string file) && {
    if (where.file.empty()) where.file = std::move(file);
    return std::move(*this);
  }
  /// Prefixes the message with the step that failed: "reading weights: ...".
  Error&& in(std::string_view step) && {
    message = std::string(step) + ": " + message;
    return std::move(*this);
  }
  /// One line: "file: node 'n' (Conv): message".
  std::string to_string() const;
};

template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  Result(T value)
      : v_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(Error error)
      : v_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool has_value() const { return v_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & { return check(), std::get<0>(v_); }
  const T& value() const& { return check(), std::get<0>(v_); }
  T&& value() && { return check(), std::get<0>(std::move(v_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  Error& error() & { return CC_CHECK(!has_value()), std::get<1>(v_); }
  const Error& error() const& { return CC_CHECK(!has_value()), std::get<1>(v_); }
  Error&& error() && { return CC_CHECK(!has_value()), std::get<1>(std::move(v_)); }

 private:
  void check() const {
    if (!has_value()) CC_CHECK(false, "value() of a failed Result: " + std::get<1>(v_).message);
  }
  std::variant<T, Error> v_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  bool has_value() const { return !error_.has_value(); }
  explicit operator bool() const { return has_value(); }
  void value() const {
    if (error_) CC_CHECK(false, "value() of a failed Result: " + error_->message);
  }
  Error& error() & { return CC_CHECK(error_.has_value()), *error_; }
  const Error& error() const& { return CC_CHECK(error_.has_value()), *error_; }
  Error&& error() && { return CC_CHECK(error_.has_value()), std::move(*error_); }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace corecast

#define CC_CONCAT_INNER(a, b) a##b
#define CC_CONCAT(a, b) CC_CONCAT_INNER(a, b)

#define TRY(declaration, ...) TRY_IMPL(CC_CONCAT(try_result_, __LINE__), declaration, __VA_ARGS__)
#define TRY_IMPL(tmp, declaration, ...)    \
  auto tmp = (__VA_ARGS__);                \
  if (!tmp) return std::move(tmp).error(); \
  declaration = std::move(tmp).value()

#define TRY_VOID(...)                                                                       \
  do {                                                                                      \
    if (auto try_status = (__VA_ARGS__); !try_status) return std::move(try_status).error(); \
  } while (false)
