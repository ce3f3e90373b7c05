// Inputs that apps give as pictures: Core ML hands the model pixels from 0 to 255, and the program
// itself does what training did to them.
#pragma once

#include "api/types.h"

namespace corecast::api {

/// Makes inputs images. Each must be f32[1,C,H,W] or f32[1,H,W,C], C = 3 (RGB) or 1 (grayscale), H
/// and W possibly flexible; in the module it becomes [1,C,H,W] of pixels, from which the source's
/// value is computed as `pixel * scale + offset` (see image_scaling). Layouts that were left open
/// are filled in. Errors: E1014 an input that does not exist or is no picture; numbers that do not
/// fit.
Status apply_image_inputs(std::vector<ImageInput>& images, ir::Module& module);

/// Per channel: what a pixel is multiplied with, and what is added then.
struct ImageScaling {
  std::vector<double> scale, offset;
};
/// Pixels are mapped from 0..255 to [low, high], then (x - mean) / std.
/// Errors: E1014 neither one nor `channels` numbers in mean or std; a std of 0.
Result<ImageScaling> image_scaling(const ImageInput& image, std::size_t channels);

/// Pixels as the source model wants them: f32[1,C,H,W] in, and out in the layout of the source.
Result<ir::Tensor> source_image(const ImageInput& image, const ir::Tensor& pixels);

}  // namespace corecast::api
