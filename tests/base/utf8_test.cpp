#include "base/utf8.h"

#include "tests/support/catch.h"

namespace corecast {

TEST_CASE("well-formed text is kept") {
  for (const char* text : {"", "abc", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                           "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"})
    CHECK(to_utf8(text) == text);
}

TEST_CASE("what is not well-formed is replaced, byte by byte") {
  const std::string r = "\xef\xbf\xbd";
  CHECK(to_utf8("a\xff"
                "b") == "a" + r + "b");
  CHECK(to_utf8("\x80") == r);
  CHECK(to_utf8("\xc3") == r);
  CHECK(to_utf8("\xc0\xaf") == r + r);          // overlong
  CHECK(to_utf8("\xe0\x80\x80") == r + r + r);  // overlong
  CHECK(to_utf8("\xed\xa0\x80") == r + r + r);  // a surrogate
  CHECK(to_utf8("\xf4\x90\x80\x80") == r + r + r + r);
  CHECK(to_utf8("\xe2\x82"
                "x") == r + r + "x");
}

}  // namespace corecast
