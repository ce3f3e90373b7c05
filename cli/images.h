// --image and the options that say what training did to the pixels.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "api/types.h"

namespace corecast::cli {

struct ImageFlags {
  std::vector<std::string> names;
  std::string mean, std, range, layout;
};

void add_image_options(CLI::App& verb, ImageFlags& flags);
/// The flags as load options; what is said of pixels holds for every image. Errors: E1014.
Status parse_images(const ImageFlags& flags, api::LoadOptions& load);

}  // namespace corecast::cli
