#include "validator/roles.h"

#include <algorithm>
#include <cctype>
#include <initializer_list>

#include "base/strings.h"
#include "validator/uses.h"

namespace corecast::validator {

bool says(std::string_view name, std::string_view word) {
  const auto same = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  };
  return std::search(name.begin(), name.end(), word.begin(), word.end(), same) != name.end();
}

namespace {

using ir::Dim;
using ir::Shape;

bool says_one(std::string_view name, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return says(name, word); });
}

/// "h", "c0", "h_1": what recurrent states are called where they are not called states.
bool is_state_letter(std::string_view name) {
  const bool letter = !name.empty() && std::string_view("hcHC").find(name[0]) != name.npos;
  return letter && std::all_of(name.begin() + 1, name.end(), [](unsigned char c) {
           return std::isdigit(c) || c == '_' || c == 'n';
         });
}

class Guess {
 public:
  Guess(const ir::Function& f, std::size_t index)
      : f_(f),
        value_(f.block(f.entry()).args[index]),
        name_(f.inputs[index].name),
        type_(f.type(value_)),
        image_(f.inputs[index].image.has_value()),
        uses_(uses_of(f, value_)) {}

  InputRole make() {
    if (type_.dtype == ir::DType::boolean) return of_bool();
    return ir::is_integer(type_.dtype) ? of_integer() : of_float();
  }

 private:
  static InputRole as(Role role, std::string how) { return {.role = role, .how = std::move(how)}; }

  bool is_single() const {
    return std::all_of(type_.shape.begin(), type_.shape.end(),
                       [](const Dim& d) { return d == Dim(1); });
  }
  const char* mixture() const {
    return type_.dtype == ir::DType::boolean ? "false and true" : "0 and 1";
  }
  InputRole as_mask(std::string_view reason, bool hides) const {
    InputRole r = as(Role::mask, cat(mixture(), " mixed, ", reason));
    r.hides = hides;
    return r;
  }
  /// What the graph does with a mask; empty where it does nothing of the kind.
  std::optional<InputRole> mask_by_use() const {
    const std::string shown =
        uses_.hides ? cat(", where ", type_.dtype == ir::DType::boolean ? "true" : "1", " hides")
                    : std::string();
    if (uses_.masks_scores) return as_mask(cat("a mask of scores", shown), uses_.hides);
    if (uses_.chooses) return as_mask(cat("it chooses between values", shown), uses_.hides);
    return std::nullopt;
  }

  /// Whether an output has the same type: a state for the next call.
  bool comes_back() const {
    const auto& results = f_.block(f_.entry()).results;
    return type_.rank() > 1 && std::any_of(results.begin(), results.end(), [&](ir::ValueId r) {
             return f_.type(r).rank() == type_.rank() && f_.type(r).shape == type_.shape;
           });
  }

  InputRole of_bool() const {
    if (is_single()) return as(Role::on, "true, a switch");
    if (auto mask = mask_by_use()) return *std::move(mask);
    return as_mask("a mask by its type", false);
  }

  InputRole as_whole(const Dim& below, std::string reason) const {
    InputRole r = as(Role::whole, cat("whole numbers below ", below.to_string(), ", ", reason));
    r.below = below;
    return r;
  }
  InputRole as_length(const Dim& axis, std::string_view reason) const {
    InputRole r = as(Role::length, cat("lengths up to ", axis.to_string(), ", ", reason));
    r.below = axis;
    return r;
  }
  /// The axis that lengths without a use of their own are of: the longest of the other inputs' axes
  /// behind the first.
  std::optional<Dim> longest_axis() const {
    std::optional<Dim> found;
    for (const ir::ValueId arg : f_.block(f_.entry()).args) {
      const Shape& shape = f_.type(arg).shape;
      if (arg == value_ || f_.type(arg).kind == ir::TypeKind::state) continue;
      for (std::size_t i = 1; i < shape.size(); ++i) {
        const bool flexible = !shape[i].is_constant();
        const bool better = !found || (flexible && found->is_constant()) ||
                            (flexible == !found->is_constant() && *found < shape[i]);
        if (better) found = shape[i];
      }
    }
    return found;
  }
  InputRole one_of_equals() const {
    InputRole r = as(Role::one_of, "");
    r.choices = uses_.equals;
    // 16 kHz where a model knows several rates: what most speech is.
    std::stable_partition(r.choices.begin(), r.choices.end(), [](double v) { return v == 16000; });
    r.choices.resize(1);
    r.how = cat(r.choices[0], ", a number that the graph compares it with");
    return r;
  }

  InputRole of_integer() const {
    if (uses_.rows) {
      if (uses_.one_hot) return as_whole(*uses_.rows, "the classes of a one-hot code");
      const std::string what =
          uses_.computed ? "the places of an axis that they look up, of " : "the rows of table ";
      return as_whole(*uses_.rows, cat(what, uses_.table.empty() ? "no name" : quote(uses_.table)));
    }
    if (is_single() && !uses_.equals.empty() && !uses_.chooses) return one_of_equals();
    if (uses_.steps) return as_length(*uses_.steps, "the axis that they are compared with");
    if (auto mask = mask_by_use()) return *std::move(mask);
    if (says(name_, "mask")) return as_mask("a mask by its name", false);
    if (image_) return pixels("it is declared to be an image");
    if (says_one(name_, {"token_type", "segment"})) return only(0, "token types by its name");
    if (says_one(name_, {"length", "lens", "_len"})) {
      if (const auto axis = longest_axis()) return as_length(*axis, "by its name");
    }
    if (type_.rank() <= 1 && says_one(name_, {"sample_rate", "sr", "rate"}))
      return only(16000, "a sample rate by its name");
    if (type_.dtype == ir::DType::u8 && type_.rank() >= 3) return pixels("bytes of three axes");
    if (says(name_, "timestep")) return as_whole(1000, "time steps by its name");
    if (says(name_, "byte")) return as_whole(256, "bytes by its name");
    return as_whole(10, "nothing says what they are");
  }
  static InputRole only(double value, std::string_view reason) {
    InputRole r = as(Role::one_of, cat(value, ", ", reason));
    r.choices = {value};
    return r;
  }

  InputRole pixels(std::string_view reason) const {
    InputRole r = as(Role::picture, cat("a picture from 0 to 255, smooth or noise, ", reason));
    r.top = 255;
    return r;
  }

  InputRole of_float() const {
    if (image_) return pixels("it is declared to be an image");
    if (uses_.initial_state) return as(Role::state, "small, a recurrent layer starts from it");
    if (uses_.added_to_scores && says(name_, "mask"))
      return as(Role::added_mask, "0 and -1e4 mixed, it is added to scores");
    if (auto mask = mask_by_use()) return *std::move(mask);
    if (says(name_, "mask")) return as_mask("a mask by its name", false);
    const bool named = says_one(name_, {"state", "hidden", "cell", "memory", "carry"}) ||
                       (is_state_letter(name_) && comes_back());
    if (named && uses_.convolved == 0) return as(Role::state, "small, a state by its name");
    if (is_single() && (uses_.compared || says_one(name_, {"thresh", "score", "iou", "ratio"})))
      return as(Role::share, "between 0 and 1, a threshold");
    if (auto parameter = as_parameter()) return *std::move(parameter);
    if (const auto audio = as_audio()) return *audio;
    if (const auto picture = as_picture()) return *picture;
    return as(Role::normal, "normal, of mean 0 and deviation 1");
  }

  /// A few numbers that say how, not on what, the model works.
  std::optional<InputRole> as_parameter() const {
    if (says(name_, "timestep") && type_.rank() <= 1) {
      InputRole r = as(Role::whole, "whole numbers below 1000, a time step by its name");
      r.below = 1000;
      return r;
    }
    if (says(name_, "scale_factor")) return only(1, "a factor by its name");
    const bool few = type_.rank() == 0 || (type_.rank() == 1 && type_.shape[0].is_constant());
    if (few && says_one(name_, {"scale", "temperature", "speed", "strength"}))
      return as(Role::share, "between 0 and 1, a parameter by its name");
    return std::nullopt;
  }

  /// One channel of many samples, which windows are taken of.
  std::optional<InputRole> as_audio() const {
    const Shape& shape = type_.shape;
    if (shape.empty() || shape.size() > 3 || uses_.features) return std::nullopt;
    if (says_one(name_, {"mel", "feat", "spec", "embed"})) return std::nullopt;
    const bool named = says_one(name_, {"audio", "wave", "pcm", "speech", "signal", "sound"});
    std::size_t time = shape.size() - 1;
    if (shape.size() == 3) {
      const bool last = shape[2] == Dim(1), middle = shape[1] == Dim(1);
      if (!last && !middle) return std::nullopt;
      time = last && !middle ? 1 : 2;
    }
    constexpr std::int64_t kLong = 4000;
    const auto size = shape[time].constant();
    if (size && *size < kLong && !named && uses_.convolved == 0) return std::nullopt;
    if (size && *size < 64) return std::nullopt;
    const bool symbol_says =
        !size && says_one(shape[time].to_string(), {"sample", "audio", "wave"});
    if (named || symbol_says || uses_.convolved > 0 || (size && *size >= kLong))
      return as(Role::audio, "a sound within -0.3 and 0.3");
    return std::nullopt;
  }

  std::optional<InputRole> as_picture() const {
    const Shape& shape = type_.shape;
    if (uses_.convolved != 4 || shape.size() < 3 || shape.size() > 4) return std::nullopt;
    if (says_one(name_, {"mel", "feat", "spec", "audio", "embed"})) return std::nullopt;
    const auto channels = [&](std::size_t axis) {
      return shape[axis] == Dim(1) || shape[axis] == Dim(3) || shape[axis] == Dim(4);
    };
    if (!channels(shape.size() - 3) && !channels(shape.size() - 1)) return std::nullopt;
    // Means and factors of bytes: the graph scales them itself.
    if (uses_.offset >= 32 || uses_.divisor >= 64)
      return pixels("a convolution reads what is made of its bytes");
    return as(Role::picture, "a picture, smooth or noise, a convolution reads it");
  }

  const ir::Function& f_;
  ir::ValueId value_;
  const std::string& name_;
  const ir::Type& type_;
  bool image_;
  Uses uses_;
};

}  // namespace

InputRole role_of(const ir::Function& f, std::size_t index) { return Guess(f, index).make(); }

}  // namespace corecast::validator
