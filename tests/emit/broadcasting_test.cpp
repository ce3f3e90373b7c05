#include "converter/emit/broadcasting.h"

#include "tests/emit/drafted.h"

namespace corecast::emit {
namespace {

/// As numpy and PyTorch have it, for the types of the test: floats before integers, wide before
/// narrow, and a scalar only decides when it is of a higher kind.
DType promote(const Operand& a, const Operand& b) {
  const bool fa = ir::is_floating(a.dtype), fb = ir::is_floating(b.dtype);
  if (fa != fb) return fa ? a.dtype : b.dtype;
  if (a.scalar != b.scalar) return a.scalar ? b.dtype : a.dtype;
  return ir::bits_of(a.dtype) >= ir::bits_of(b.dtype) ? a.dtype : b.dtype;
}

}  // namespace

TEST_CASE("a format's rules of promotion plug in") {
  Drafted d;
  const ValueId half = d.input("h", DType::f16, {2});
  const ValueId whole = d.input("i", DType::i64, {2});
  const ValueId scalar = d.e.scalar(DType::f32, 1);
  const auto types = [&](const Values& values) {
    std::string text;
    for (const ValueId v : promoted(d.e, values, promote))
      text += cat(ir::name_of(d.e.dtype(v)), " ");
    return text;
  };
  CHECK(types({half, whole}) == "f16 f16 ");
  CHECK(types({half, scalar}) == "f16 f16 ");
  CHECK(types({whole, scalar}) == "f32 f32 ");
  CHECK(types({whole, half, scalar}) == "f16 f16 f16 ");
  // Equal types are nobody's business.
  const Values same = promoted(d.e, {half, half}, nullptr);
  CHECK(same == Values{half, half});
  CHECK(promoted(d.e, {}, promote).empty());
}

TEST_CASE("a vector along an axis") {
  Drafted d;
  const ValueId v = d.input("v", DType::f32, {3});
  CHECK(ir::to_string(d.e.type(along_axis(d.e, v, 1, 4))) == "f32[1,3,1,1]");
}

}  // namespace corecast::emit
