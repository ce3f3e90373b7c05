#include "compress/form/coded_form.h"

#include "base/strings.h"

namespace corecast::compress {

std::string CodedForm::text() const {
  std::vector<std::string> parts;
  if (pruned()) parts.emplace_back("pruned");
  if (palettized()) parts.push_back(cat("palettised to ", bits, " bits"));
  if (quantized()) parts.push_back(cat("quantised to ", bits, " bits"));
  return parts.empty() ? "stored in a narrower type" : join(parts);
}

std::size_t CodedForm::stored_bytes() const {
  std::size_t bytes = 0;
  const auto add = [&](const CodedPart& part) {
    if (!part.tensor) return;
    bytes += compress::stored_bytes(part.tensor->byte_size(),
                                    static_cast<std::size_t>(part.tensor->count()));
  };
  add(codes);
  for (const auto* part : {&mask, &table, &scale, &offset}) {
    if (*part) add(**part);
  }
  if (table_scale)
    bytes += compress::stored_bytes(static_cast<std::size_t>(ir::bits_of(dtype)) / 8, 1);
  return bytes;
}

std::optional<Mask> CodedForm::mask_alone() const {
  if (!mask || bits > 0 || !mask->tensor || !codes.tensor) return std::nullopt;
  const ir::Tensor& t = *mask->tensor;
  Mask out;
  out.count = t.count();
  out.kept = codes.tensor->count();
  out.bits = std::make_shared<ir::OwnedBuffer>(t.byte_size());
  t.read(0, {out.bits->mutable_bytes(), t.byte_size()});
  return out;
}

std::optional<CodedForm> without_codes(CodedForm form, const Mask& mask, const std::string& name,
                                       ThreadPool& pool) {
  if (form.mask || !form.codes.tensor || form.codes.tensor->dims() != form.dims)
    return std::nullopt;
  if (form.table ? form.scale.has_value() : !form.scale || !form.scale->known())
    return std::nullopt;
  if (form.offset) {
    if (!form.offset->known()) return std::nullopt;
    const auto &scale = form.scale->tensor, &offset = form.offset->tensor;
    if (scale && offset && scale->dims() != offset->dims()) return std::nullopt;
  }
  const ir::Tensor& codes = *form.codes.tensor;
  auto chosen = select(codes.bytes(), ir::bits_of(codes.dtype()), mask, pool);
  form.codes = {ir::Tensor(codes.dtype(), {mask.kept}, std::move(chosen)), {}, name + "_nonzero"};
  form.mask = CodedPart{ir::Tensor(ir::DType::u1, form.dims, mask.bits)};
  return form;
}

std::size_t stored_bytes(std::size_t bytes, std::size_t elements) {
  constexpr std::size_t align = 64, header = 64, fewest = 10;
  if (elements < fewest) return bytes;
  return header + (bytes + align - 1) / align * align;
}

}  // namespace corecast::compress
