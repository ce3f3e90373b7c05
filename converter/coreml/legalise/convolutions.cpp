// conv and conv_transpose: padding rules, biases and output sizes as the target's MIL has them.
#include <algorithm>

#include "converter/coreml/legalise/padding.h"
#include "ops/conv/conv.h"
#include "ops/conv/conv_transpose.h"
#include "ops/elementwise/elementwise_binary.h"

namespace corecast::coreml::legal {
namespace {

/// bias [C] in front of `spatial` dims.
ValueId along_channels(Site& s, ValueId bias, std::int64_t spatial) {
  Ints to(static_cast<std::size_t>(spatial + 1), 1);
  to[0] = -1;
  return s.reshape(bias, to);
}

/// Splits off a bias that is no constant, where it must be one.
template <class Op>
bool take_bias(Site& s, Op& o, ValueId& bias) {
  if (!o.bias || is_constant(s, o.bias)) return false;
  if (s.rules.surely_has(s.rules.row(Op::kind).operand("bias").computed_since)) return false;
  bias = std::exchange(o.bias, ValueId());
  return true;
}

template <class Op>
Values with_bias(Site& s, const Op& o, ValueId bias) {
  const ValueId y = s.add(o);
  if (!bias) return {y};
  const ValueId wide = along_channels(s, s.cast(bias, s.dtype(y)), s.rank(y) - 2);
  return {s.add(op::Add{y, wide})};
}

Values conv(Site& s) {
  auto o = s.get<op::Conv>();
  ValueId bias;
  bool changed = take_bias(s, o, bias);
  if (o.pad_type == "same_lower" && !s.surely_has<op::Conv>("same_lower")) {
    const Shape& w = s.shape(o.weight);
    const auto pads = resolved_pads(s, o.x, Shape(w.begin() + 2, w.end()), o);
    if (!pads && !s.may_have<op::Conv>("same_lower"))
      return s.refuse_before<op::Conv>("same_lower",
                                       "pad_type same_lower with sizes known at run time only");
    if (pads) {
      o.pad = *pads;
      o.pad_type = "custom";
      changed = true;
    }
  }
  if (!is_constant(s, o.weight) &&
      std::any_of(o.dilations.begin(), o.dilations.end(), [](auto d) { return d != 1; }))
    return s.refuse("a dilated convolution whose weight is no constant");
  return changed ? with_bias(s, o, bias) : Values();
}

/// `zeros[d]` zero taps behind the kernel's spatial dims.
Tensor padded_weight(const Tensor& w, const Ints& zeros) {
  Ints dims = w.dims();
  for (std::size_t d = 0; d < zeros.size(); ++d) dims[d + 2] += zeros[d];
  Tensor out = Tensor::zeros(w.dtype(), dims);
  for (std::int64_t i = 0; i < w.count(); ++i) {
    std::int64_t rest = i, at = 0, stride = 1;
    for (std::size_t d = dims.size(); d-- > 0;) {
      at += rest % w.dims()[d] * stride;
      rest /= w.dims()[d];
      stride *= dims[d];
    }
    out.set(at, w.at(i));
  }
  return out;
}

/// output_padding where sizes are symbolic: the crop behind shrinks, and where there is nothing
/// left of it, taps of zeros lengthen the kernel. True when it worked.
bool absorb_output_padding(Site& s, op::ConvTranspose& o) {
  const Shape kernel(s.shape(o.weight).begin() + 2, s.shape(o.weight).end());
  if (!ir::is_static(kernel)) return false;
  Ints pads(2 * kernel.size(), 0), zeros(kernel.size(), 0);
  bool longer = false;
  for (std::size_t d = 0; d < kernel.size(); ++d) {
    const std::int64_t stride = o.strides.empty() ? 1 : o.strides[d],
                       dilation = o.dilations.empty() ? 1 : o.dilations[d],
                       extra = o.output_padding[d];
    if (o.pad_type == "same") {
      const std::int64_t spare = (kernel[d].value() - 1) * dilation + 1 - stride - extra;
      pads[2 * d] = std::max<std::int64_t>(0, spare) / 2;
      pads[2 * d + 1] = spare - pads[2 * d];
    } else {
      if (o.pad_type == "custom" && !o.pad.empty()) {
        pads[2 * d] = o.pad[2 * d];
        pads[2 * d + 1] = o.pad[2 * d + 1];
      }
      pads[2 * d + 1] -= extra;
    }
    if (pads[2 * d + 1] < 0) {
      zeros[d] = (-pads[2 * d + 1] + dilation - 1) / dilation;
      pads[2 * d + 1] += zeros[d] * dilation;
      longer = true;
    }
  }
  if (longer) {
    const Tensor* w = s.constant(o.weight);
    if (!w) return false;
    o.weight = s.builder.constant(padded_weight(*w, zeros), s.f().value(o.weight).name);
  }
  o.pad_type = "custom";
  o.pad = pads;
  o.output_padding.clear();
  return true;
}

Values conv_transpose(Site& s) {
  auto o = s.get<op::ConvTranspose>();
  const ops::Version computed =
      s.rules.row(op::ConvTranspose::kind).operand("weight").computed_since;
  if (!is_constant(s, o.weight) && !s.rules.may_have(computed))
    return s.refuse_before(computed, "a weight that is no constant");
  ValueId bias;
  bool changed = take_bias(s, o, bias);
  if (!o.output_padding.empty()) {
    const Type& result = s.result_type();
    if (o.output_shape || std::all_of(o.output_padding.begin(), o.output_padding.end(),
                                      [](auto p) { return p == 0; })) {
      o.output_padding.clear();  // output_shape decides
    } else if (result.is_static()) {
      o.output_shape = ir::static_dims(result.shape);
      o.output_padding.clear();
    } else if (!absorb_output_padding(s, o)) {
      return s.refuse(
          "output_padding with sizes known at run time only, and a weight that is no "
          "constant",
          "fix the sizes of the input");
    }
    changed = true;
  }
  return changed ? with_bias(s, o, bias) : Values();
}

}  // namespace

void add_convolutions(Expansions& out) {
  out.insert(out.end(), {{OpKind::Conv, conv}, {OpKind::ConvTranspose, conv_transpose}});
}

}  // namespace corecast::coreml::legal
