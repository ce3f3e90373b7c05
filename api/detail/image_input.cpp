#include "api/detail/image_input.h"

#include <algorithm>

#include "base/strings.h"
#include "ir/builder.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/shape/transpose.h"

namespace corecast::api {
namespace {

Error image_error(const ImageInput& image, std::string why, std::string help) {
  return Error(Code::E1014, cat("image ", quote(image.name), ": ", why), std::move(help));
}

struct Picture {
  std::size_t channels = 3;
  bool channels_last = false;
};

/// The layout that was asked for; else the one whose channel axis has 3 or 1 elements.
Result<Picture> picture_of(const ImageInput& image, const ir::Type& type) {
  const auto help =
      "it must be f32[1,3,height,width] or f32[1,height,width,3] (or 1 for grayscale); "
      "--input gives a size";
  if (type.rank() != 4 || type.dtype != ir::DType::f32 || type.shape[0].constant() != 1) {
    return image_error(image, cat("the input is ", to_string(type)), help);
  }
  if (!image.layout.empty() && image.layout != "nchw" && image.layout != "nhwc") {
    return image_error(image, cat("unknown layout ", quote(image.layout)), "nchw or nhwc");
  }
  const auto channels = [&](std::size_t axis) -> std::size_t {
    const auto n = type.shape[axis].constant().value_or(0);
    return n == 3 || n == 1 ? static_cast<std::size_t>(n) : 0;
  };
  const bool last = image.layout == "nhwc" || (image.layout.empty() && channels(1) == 0);
  if (channels(last ? 3 : 1) == 0) {
    return image_error(image, cat("the input is ", to_string(type)), help);
  }
  return Picture{channels(last ? 3 : 1), last};
}

ir::ValueId per_channel(ir::Builder& b, const std::vector<double>& values) {
  const bool same =
      std::all_of(values.begin(), values.end(), [&](double v) { return v == values[0]; });
  if (same) return b.constant(ir::Tensor::splat(ir::DType::f32, {}, values[0]));
  auto t = ir::Tensor::empty(ir::DType::f32, {1, static_cast<std::int64_t>(values.size()), 1, 1});
  for (std::size_t i = 0; i < values.size(); ++i) t.set(static_cast<std::int64_t>(i), values[i]);
  return b.constant(std::move(t));
}

bool all_equal(const std::vector<double>& values, double wanted) {
  return std::all_of(values.begin(), values.end(), [&](double v) { return v == wanted; });
}

Status apply(ImageInput& image, ir::Module& module) {
  ir::Function& f = module.main();
  std::vector<std::string> names;
  for (const auto& input : f.inputs) names.push_back(input.name);
  const auto found = std::find(names.begin(), names.end(), image.name);
  if (found == names.end())
    return image_error(image, "the model has no such input", cat("it has ", join(names)));
  const auto index = static_cast<std::size_t>(found - names.begin());
  const ir::ValueId arg = f.block(f.entry()).args[index];
  TRY(const Picture picture, picture_of(image, f.type(arg)));
  TRY(const ImageScaling scaling, image_scaling(image, picture.channels));
  image.layout = picture.channels_last ? "nhwc" : "nchw";

  ir::Type type = f.type(arg);
  if (picture.channels_last)
    type.shape = {type.shape[0], type.shape[3], type.shape[1], type.shape[2]};
  f.set_type(arg, type);
  f.inputs[index].image = ir::ImageInfo{picture.channels == 3 ? ir::ImageInfo::Color::rgb
                                                              : ir::ImageInfo::Color::grayscale};
  const auto users = f.value(arg).uses;
  ir::Builder b(f, *module.registry, {f.entry(), f.block(f.entry()).first});
  ir::ValueId v = arg;
  if (!all_equal(scaling.scale, 1)) v = b.add(op::Mul{v, per_channel(b, scaling.scale)});
  if (!all_equal(scaling.offset, 0)) v = b.add(op::Add{v, per_channel(b, scaling.offset)});
  if (picture.channels_last) v = b.add(op::Transpose{v, {0, 2, 3, 1}});
  if (v == arg) return {};
  const ir::OpId first = f.block(f.entry()).first;  // reads the pixels
  f.replace_all_uses(arg, v);
  f.set_operand(first, 0, arg);
  return {};
}

}  // namespace

Result<ImageScaling> image_scaling(const ImageInput& image, std::size_t channels) {
  const auto spread = [&](const std::vector<double>& given, double standard,
                          const char* what) -> Result<std::vector<double>> {
    if (given.empty()) return std::vector<double>(channels, standard);
    if (given.size() == 1) return std::vector<double>(channels, given[0]);
    if (given.size() == channels) return given;
    return image_error(image,
                       cat(given.size(), " numbers for ", what, ", but ", channels, " channels"),
                       "give one number, or one for each channel");
  };
  TRY(const auto mean, spread(image.mean, 0, "mean"));
  TRY(const auto deviation, spread(image.std, 1, "std"));
  // Raw pixels unless anything is said; means and deviations are usually those of 0..1.
  const bool raw = image.mean.empty() && image.std.empty();
  const auto [low, high] = image.range.value_or(std::pair(0.0, raw ? 255.0 : 1.0));
  ImageScaling out;
  for (std::size_t c = 0; c < channels; ++c) {
    if (!(deviation[c] > 0))
      return image_error(image, cat("a std of ", deviation[c]), "it must be above 0");
    out.scale.push_back((high - low) / 255 / deviation[c]);
    out.offset.push_back((low - mean[c]) / deviation[c]);
  }
  return out;
}

Status apply_image_inputs(std::vector<ImageInput>& images, ir::Module& module) {
  for (ImageInput& image : images) TRY_VOID(apply(image, module));
  return {};
}

Result<ir::Tensor> source_image(const ImageInput& image, const ir::Tensor& pixels) {
  if (pixels.rank() != 4 || pixels.dtype() != ir::DType::f32) {
    return image_error(image, "pixels are not f32[1,channels,height,width]", "give them like that");
  }
  const auto n = pixels.dims()[0], c = pixels.dims()[1], h = pixels.dims()[2], w = pixels.dims()[3];
  TRY(const ImageScaling s, image_scaling(image, static_cast<std::size_t>(c)));
  const bool last = image.layout == "nhwc";
  ir::Tensor out =
      ir::Tensor::empty(ir::DType::f32, last ? std::vector{n, h, w, c} : pixels.dims());
  const auto from = pixels.data<float>();
  const auto to = out.mutable_data<float>();
  for (std::int64_t i = 0; i < n * c; ++i) {
    const auto channel = static_cast<std::size_t>(i % c);
    for (std::int64_t k = 0; k < h * w; ++k) {
      const auto at = static_cast<std::size_t>(i * h * w + k);
      const auto into = last ? static_cast<std::size_t>((i / c * h * w + k) * c + i % c) : at;
      to[into] =
          static_cast<float>(static_cast<double>(from[at]) * s.scale[channel] + s.offset[channel]);
    }
  }
  return out;
}

}  // namespace corecast::api
