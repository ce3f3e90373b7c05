#include "cli/images.h"

#include "base/strings.h"

namespace corecast::cli {
namespace {

Status numbers(const char* option, const std::string& text, std::vector<double>& out) {
  if (text.empty()) return {};
  for (const auto part : split(text, ',')) {
    if (!parse_double(trim(part), out.emplace_back())) {
      return Error(Code::E1014, cat("cannot read ", option, " ", quote(text)),
                   "write numbers with commas between them, for example 0.485,0.456,0.406");
    }
  }
  return {};
}

}  // namespace

void add_image_options(CLI::App& verb, ImageFlags& flags) {
  verb.add_option("--image", flags.names, "Make an input an image (repeatable)")
      ->type_name("NAME")
      ->take_all();
  verb.add_option("--mean", flags.mean, "Of the pixels: one number, or one a channel")
      ->type_name("R,G,B");
  verb.add_option("--std", flags.std, "Likewise the standard deviation")->type_name("R,G,B");
  verb.add_option("--range", flags.range,
                  "What 0..255 is mapped to before that (default: 0,1 with --mean or --std, "
                  "else 0,255)")
      ->type_name("LO,HI");
  verb.add_option("--layout", flags.layout, "Of the source: nchw or nhwc (default: by its shape)");
}

Status parse_images(const ImageFlags& flags, api::LoadOptions& load) {
  api::ImageInput image;
  std::vector<double> range;
  TRY_VOID(numbers("--mean", flags.mean, image.mean));
  TRY_VOID(numbers("--std", flags.std, image.std));
  TRY_VOID(numbers("--range", flags.range, range));
  if (!range.empty() && range.size() != 2) {
    return Error(Code::E1014, cat("cannot read --range ", quote(flags.range)),
                 "write two numbers, for example -1,1");
  }
  if (!range.empty()) image.range = {range[0], range[1]};
  image.layout = flags.layout;
  const bool said =
      !flags.mean.empty() || !flags.std.empty() || image.range || !flags.layout.empty();
  if (flags.names.empty() && said) {
    return Error(Code::E1014, "--mean, --std, --range and --layout are of images",
                 "name the input with --image");
  }
  for (const auto& name : flags.names) {
    image.name = name;
    load.images.push_back(image);
  }
  return {};
}

}  // namespace corecast::cli
