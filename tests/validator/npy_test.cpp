#include "validator/npy.h"

#include "base/strings.h"
#include "tests/support/catch.h"

namespace corecast::validator {
namespace {

using ir::DType;
using ir::Tensor;

std::string file(const std::string& dict, const std::string& data, int version = 1) {
  std::string header = dict + "\n";
  std::string out = "\x93NUMPY";
  out += static_cast<char>(version);
  out += '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i)
    out += static_cast<char>((header.size() >> (8 * i)) & 0xff);
  return out + header + data;
}
std::string dict(const std::string& descr, const std::string& shape, const char* order = "False") {
  return cat("{'descr': '", descr, "', 'fortran_order': ", order, ", 'shape': ", shape, ", }");
}
std::string code(const std::string& bytes) {
  const auto t = decode_npy(as_bytes(bytes));
  return t ? "ok" : std::string(name_of(t.error().code));
}

}  // namespace

TEST_CASE("every element type is read back bit by bit") {
  for (const DType d : {DType::boolean, DType::i8, DType::i16, DType::i32, DType::i64, DType::u8,
                        DType::u16, DType::u32, DType::u64, DType::f16, DType::f32, DType::f64}) {
    for (const std::vector<std::int64_t>& dims :
         {std::vector<std::int64_t>{}, {0}, {3}, {2, 3}, {2, 0, 4}, {1, 1, 1, 1, 1, 1, 2}}) {
      Tensor t = Tensor::zeros(d, dims);
      for (std::int64_t i = 0; i < t.count(); ++i) t.set(i, static_cast<double>(i % 2));
      const std::string bytes = encode_npy(t);
      CAPTURE(ir::name_of(d));
      CHECK((bytes.size() - t.byte_size()) % 64 == 0);
      const auto back = decode_npy(as_bytes(bytes));
      REQUIRE(back);
      CHECK(back->identical(t));
    }
  }
}

TEST_CASE("types that numpy lacks are widened") {
  const auto back = [](DType d) {
    return decode_npy(as_bytes(encode_npy(Tensor::splat(d, {3}, 1)))).value();
  };
  CHECK(back(DType::bf16).dtype() == DType::f32);
  CHECK(back(DType::i4).dtype() == DType::i32);
  CHECK(back(DType::u4).at(2) == 1);
}

TEST_CASE("other byte orders, other versions, columns first") {
  const std::string big("\x00\x00\x00\x01\x00\x00\x00\x02", 8);
  CHECK(decode_npy(as_bytes(file(dict(">i4", "(2,)"), big))).value().to_ints() ==
        std::vector<std::int64_t>{1, 2});
  const std::string six("\x01\x02\x03\x04\x05\x06", 6);
  CHECK(decode_npy(as_bytes(file(dict("|i1", "(2, 3)", "True"), six))).value().to_ints() ==
        std::vector<std::int64_t>{1, 3, 5, 2, 4, 6});
  for (const int version : {1, 2, 3}) CHECK(code(file(dict("|u1", "(6,)"), six, version)) == "ok");
  CHECK(code(file(dict("|u1", "(6,)"), six, 4)) == "E2007");
}

TEST_CASE("bytes that are no bool become one") {
  const auto t = decode_npy(as_bytes(file(dict("|b1", "(2,)"), "\x02\xff"))).value();
  CHECK(t.identical(Tensor::of(std::vector<bool>{true, true}, {2})));
}

TEST_CASE("headers that are malformed") {
  const std::string six(6, '\1');
  CHECK(code("") == "E2007");
  CHECK(code("\x93NUMPY") == "E2007");
  CHECK(code(file("", six)) == "E2007");
  CHECK(code(file("{}", six)) == "E2007");
  CHECK(code(file(dict("|u1", "(7,)"), six)) == "E2007");
  CHECK(code(file(dict("|u1", "(-6,)"), six)) == "E2007");
  CHECK(code(file(dict("|u1", "(6"), six)) == "E2007");
  CHECK(code(file(dict("|u1", "(x,)"), six)) == "E2007");
  CHECK(code(file(dict("|O", "(1,)"), six)) == "E2007");
  CHECK(code(file(dict("<U5", "(1,)"), six)) == "E2007");
  CHECK(code(file(dict("?u1", "(6,)"), six)) == "E2007");
  CHECK(code(file("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", six)) ==
        "E2007");
  CHECK(code(file(dict("<f8", "(9223372036854775807, 4)"), six)) == "E2007");
  CHECK(code(file(dict("<f8", "(4611686018427387904, 4611686018427387904)"), six)) == "E2007");
  std::string cut = file(dict("|u1", "(6,)"), six);
  cut[8] = '\xff', cut[9] = '\xff';  // a header longer than the file
  CHECK(code(cut) == "E2007");
}

TEST_CASE("every truncation is refused") {
  const std::string whole = encode_npy(Tensor::of(std::vector<float>{1, 2, 3}));
  for (std::size_t n = 0; n < whole.size(); ++n) {
    CAPTURE(n);
    CHECK(code(whole.substr(0, n)) == "E2007");
  }
}

}  // namespace corecast::validator
