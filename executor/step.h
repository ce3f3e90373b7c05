// Step: one call of a kernel, as data. A program is a list of them; nothing in a step can run by
// itself, so it can be printed, compared, checked against what it declares, and sent to a device.
#pragma once

#include <cstring>
#include <memory>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/id.h"
#include "ir/ids.h"

namespace corecast::executor {

class Engine;
struct SlotTag;
using SlotId = Id<SlotTag>;
struct KernelTag;
/// A row in the table of kernels of one engine.
using KernelId = Id<KernelTag>;

/// What identifies a struct of arguments.
using ArgumentsType = const void*;
template <class T>
inline constexpr char kArgumentsTag = 0;
template <class T>
constexpr ArgumentsType arguments_type() {
  return &kArgumentsTag<T>;
}

/// The constants of a kernel's call: one struct, never changed. Small structs that can be copied as
/// bytes lie inside; others are shared by all copies.
class Arguments {
 public:
  Arguments() = default;
  template <class T>
    requires(!std::is_same_v<T, Arguments>)
  explicit Arguments(T value) : type_(arguments_type<T>()), size_(sizeof(T)) {
    if constexpr (std::is_trivially_copyable_v<T> && sizeof(T) <= kInside && alignof(T) <= 8)
      std::memcpy(inside_, &value, sizeof(T));
    else
      shared_ = std::make_shared<const T>(std::move(value));
    bytes_ = std::is_trivially_copyable_v<T>;
  }

  /// CHECKs that it is the struct that was given.
  template <class T>
  const T& as() const {
    CC_CHECK(type_ == arguments_type<T>(), "arguments of another kernel");
    return *static_cast<const T*>(data());
  }
  ArgumentsType type() const { return type_; }
  std::size_t size() const { return size_; }
  /// The struct's bytes, for a device; empty when it holds more than numbers.
  ByteView bytes() const {
    return bytes_ ? ByteView{static_cast<const std::byte*>(data()), size_} : ByteView{};
  }

 private:
  static constexpr std::size_t kInside = 48;
  const void* data() const { return shared_ ? shared_.get() : inside_; }

  ArgumentsType type_ = nullptr;
  std::shared_ptr<const void> shared_;
  std::uint32_t size_ = 0;
  bool bytes_ = false;
  alignas(8) std::byte inside_[kInside] = {};
};

/// The kernel's operands are the slots in the order of `reads` and `writes`; an optional operand
/// that is not there is an empty id, so that the others keep their places.
struct Step {
  ir::OpId op;
  Engine* engine = nullptr;  ///< null: the op's room computes it (reference.h)
  KernelId kernel;
  Arguments arguments;
  std::vector<SlotId> reads;
  std::vector<SlotId> writes;   ///< results, and memory for this step alone
  std::vector<SlotId> rounds;   ///< written floats that the precision asks to be rounded
  std::vector<SlotId> release;  ///< heap slots nobody reads later
  SlotId in_place;              ///< slot read whose bytes the first output may take over
  double seconds = 0;
  std::int64_t runs = 0;
};

}  // namespace corecast::executor
