// What a model is: interface, operators, sizes.
#pragma once

#include "api/model.h"

namespace corecast::api {

/// What a model does to an image's pixels before all else: pixel * scale + bias, each one number or
/// one for each channel.
struct PixelMap {
  std::vector<double> scale = {1}, bias = {0};
};
/// Read from the ops behind the image input; scales that went into a convolution are not seen.
PixelMap pixel_map(const ir::Function& f, std::size_t input);

struct ImageFacts {
  std::string color;  ///< "rgb", "bgr", "grayscale", "grayscale_f16"
  PixelMap pixels;
};

struct FeatureInfo {
  std::string name;
  std::string dtype;  ///< the IR's name: "f16", "i32"
  std::string shape;  ///< as text, symbols included: "[batch,3,224,224]"
  std::map<std::string, ir::SymbolRange> ranges;      ///< of the symbols
  std::vector<std::vector<std::int64_t>> enumerated;  ///< the only shapes; empty: any in the ranges
  std::vector<std::int64_t> default_shape;            ///< empty: none is named
  bool optional = false;
  std::optional<ImageFacts> image;
};

struct Classifier {
  std::string output;  ///< holds the scores
  std::size_t labels = 0;
};

struct Inspection {
  std::string path;
  std::string format;    ///< converter::Frontend::name
  std::string function;  ///< the one that is described: the main one
  std::vector<FeatureInfo> inputs, outputs, states;
  std::optional<Classifier> classifier;
  std::vector<std::string> functions;                ///< all of the model
  std::map<std::string, std::int64_t> ops;           ///< by IR name, constants left out
  std::map<std::string, std::int64_t> weight_bytes;  ///< by element type, and by compression op
  std::int64_t parameters = 0;                       ///< elements of constants with more than 16
  std::optional<std::int64_t> macs;                  ///< multiply-adds at the default sizes
  std::optional<std::string> target;                 ///< lowest deployment target of a package
  std::map<std::string, std::string> metadata;
};

Inspection inspect(const Model& model);
/// For people, a fact a line; sizes in KiB, MiB and GiB.
std::string to_text(const Inspection& inspection);

}  // namespace corecast::api
