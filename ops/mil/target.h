// Target: the deployment targets of Core ML's ML Programs, oldest first.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace corecast::mil {

enum class Target : std::uint8_t { ios15, ios16, ios17, ios18, ios26 };
inline constexpr Target kTargets[] = {Target::ios15, Target::ios16, Target::ios17, Target::ios18,
                                      Target::ios26};

/// "ios17".
std::string_view name_of(Target target);
/// The macOS of the same year: "macos14".
std::string_view macos_name(Target target);
/// Accepts iosNN and macosNN spellings ("ios17", "iOS17", "macos14"); empty when unknown.
std::optional<Target> target_from_name(std::string_view name);
/// Core ML specification version: 6, 7, 8, 9, 10.
int spec_version(Target target);
/// MIL opset of functions: "CoreML5" ... "CoreML9".
std::string_view opset_name(Target target);

}  // namespace corecast::mil
