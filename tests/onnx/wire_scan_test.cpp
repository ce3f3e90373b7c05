#include "converter/onnx/wire_scan.h"

#include "tests/support/catch.h"

namespace corecast::onnx {
namespace {

std::string field(int number, const std::string& payload) {
  std::string out(1, static_cast<char>(number << 3 | 2));
  for (std::size_t v = payload.size();; v >>= 7) {
    out += static_cast<char>(v < 0x80 ? v : (v & 0x7f) | 0x80);
    if (v < 0x80) return out + payload;
  }
}

std::string code(const std::string& bytes) {
  const auto out = strip_weights(as_bytes(bytes));
  return out ? "ok" : std::string(name_of(out.error().code));
}

}  // namespace

TEST_CASE("large weights are replaced by where they are, the rest stays") {
  const std::string raw(300, 'w');
  const std::string tensor = field(8, "name") + field(9, raw);
  const std::string file = field(2, "producer") + field(7, field(5, tensor));
  const std::string slim = strip_weights(as_bytes(file)).value();
  CHECK(slim.find(raw) == std::string::npos);
  CHECK(slim.find("producer") != std::string::npos);
  CHECK(slim.find("name") != std::string::npos);
  const std::string place = std::to_string(file.find(raw)) + ",300";
  CHECK(slim.find(place) != std::string::npos);
}

TEST_CASE("small messages pass through unchanged") {
  const std::string file = field(7, field(5, field(9, std::string(200, 'w'))));
  CHECK(strip_weights(as_bytes(file)).value() == file);
  CHECK(strip_weights({}).value().empty());
}

TEST_CASE("a field that is no weight is left alone, however large") {
  const std::string file =
      field(2, std::string(5000, 'p')) + field(99 & 0x0f, std::string(5000, 'q'));
  CHECK(strip_weights(as_bytes(file)).value() == file);
}

TEST_CASE("malformed bytes") {
  CHECK(code("\x0a") == "E2002");  // a length is missing
  CHECK(code("\x0a\x05"
             "abc") == "E2002");  // longer than the file
  CHECK(code(std::string("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11)) == "E2002");
  CHECK(code("\x0d"
             "abc") == "E2002");  // four bytes wanted
  CHECK(code("\x09"
             "abcdefg") == "E2002");  // eight
  CHECK(code("\x0b") == "E2002");     // groups are no part of ONNX
  CHECK(code("\x0f") == "E2002");
  CHECK(code(std::string(11, '\xff')) == "E2002");  // a tag without end
  CHECK(code(field(7, field(5, field(9, std::string(300, 'w')).substr(0, 290)))) == "E2002");
}

TEST_CASE("nesting has an end") {
  std::string graph = field(2, std::string(300, 'n'));
  for (int i = 0; i < 200; ++i) graph = field(1, field(5, field(6, graph)));
  CHECK(code(field(7, graph)) == "E5001");
}

}  // namespace corecast::onnx
