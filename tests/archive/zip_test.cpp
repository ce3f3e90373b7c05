#include "converter/archive/zip.h"

#include <zlib.h>

#include "tests/support/catch.h"

namespace corecast::archive {
namespace {

void put(std::string& out, std::uint64_t v, int bytes) {
  for (int i = 0; i < bytes; ++i, v >>= 8) out += static_cast<char>(v & 0xff);
}

std::uint32_t crc_of(const std::string& data) {
  return static_cast<std::uint32_t>(
      ::crc32(0, reinterpret_cast<const Bytef*>(data.data()), static_cast<uInt>(data.size())));
}

std::string deflated(const std::string& data) {
  z_stream s{};
  REQUIRE(deflateInit2(&s, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(data.size() + 1000, '\0');
  s.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  s.avail_in = static_cast<uInt>(data.size());
  s.next_out = reinterpret_cast<Bytef*>(out.data());
  s.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&s, Z_FINISH) == Z_STREAM_END);
  out.resize(s.total_out);
  deflateEnd(&s);
  return out;
}

/// An archive without zip64 whose parts may lie.
struct Entry {
  std::string name, stored;
  std::uint32_t crc = 0, size = 0;
  std::uint16_t method = 0, flags = 0;
  std::string local_name;    ///< empty: as `name`
  std::int64_t offset = -1;  ///< -1: the true one
};

Entry plain(const std::string& name, const std::string& data) {
  return {name, data, crc_of(data), static_cast<std::uint32_t>(data.size()), 0, 0, {}, -1};
}
Entry packed(const std::string& name, const std::string& data) {
  return {name, deflated(data), crc_of(data), static_cast<std::uint32_t>(data.size()), 8, 0, {},
          -1};
}

std::string archive_of(const std::vector<Entry>& entries) {
  std::string out, directory;
  for (const Entry& e : entries) {
    const std::uint64_t at = e.offset >= 0 ? static_cast<std::uint64_t>(e.offset) : out.size();
    const std::string local = e.local_name.empty() ? e.name : e.local_name;
    const auto header = [&](std::string& into, bool central) {
      put(into, central ? 0x02014b50 : 0x04034b50, 4);
      if (central) put(into, 20, 2);
      put(into, 20, 2), put(into, e.flags, 2), put(into, e.method, 2), put(into, 0, 4);
      put(into, e.crc, 4), put(into, e.stored.size(), 4), put(into, e.size, 4);
      put(into, central ? e.name.size() : local.size(), 2), put(into, 0, 2);
      if (central) put(into, 0, 10), put(into, at, 4);
      into += central ? e.name : local;
    };
    if (e.offset < 0) header(out, false), out += e.stored;
    header(directory, true);
  }
  const std::uint64_t start = out.size();
  out += directory;
  put(out, 0x06054b50, 4), put(out, 0, 4);
  put(out, entries.size(), 2), put(out, entries.size(), 2);
  put(out, directory.size(), 4), put(out, start, 4), put(out, 0, 2);
  return out;
}

constexpr std::uint64_t kLimit = 1 << 20;

/// The text of the first entry, or the code of the error.
std::string first_of(const std::string& zip, std::uint64_t limit = kLimit) {
  const auto entries = read_zip_directory(as_bytes(zip));
  if (!entries) return std::string(name_of(entries.error().code));
  if (entries->empty()) return "empty";
  const auto data = read_zip_entry(as_bytes(zip), entries->front(), limit);
  return data ? *data : std::string(name_of(data.error().code));
}

}  // namespace

TEST_CASE("what is written is read back, the same bytes each time") {
  const std::vector<std::pair<std::string, std::string>> files = {
      {"a.npy", "first"}, {"folder/b.npy", ""}, {"c", std::string(70000, 'x')}};
  const std::string zip = write_zip(files);
  CHECK(zip == write_zip(files));
  const auto entries = read_zip_directory(as_bytes(zip)).value();
  REQUIRE(entries.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(entries[i].name == files[i].first);
    CHECK(read_zip_entry(as_bytes(zip), entries[i], kLimit).value() == files[i].second);
    CHECK(as_chars(stored_entry(as_bytes(zip), entries[i]).value()) == files[i].second);
  }
  CHECK(read_zip_directory(as_bytes(write_zip({}))).value().empty());
}

TEST_CASE("stored and deflated entries") {
  const std::string text = "to be or not to be, to be or not to be";
  CHECK(first_of(archive_of({plain("a", text)})) == text);
  const std::string zip = archive_of({packed("a", text)});
  CHECK(first_of(zip) == text);
  const auto entries = read_zip_directory(as_bytes(zip)).value();
  CHECK(stored_entry(as_bytes(zip), entries[0]).error().code == Code::E2008);
  CHECK(first_of(archive_of({packed("a", "")})) == "");
}

TEST_CASE("what is no archive") {
  CHECK(first_of("") == "E2008");
  CHECK(first_of("PK") == "E2008");
  CHECK(first_of(std::string(1000, '\0')) == "E2008");
  CHECK(first_of(archive_of({})) == "empty");
}

TEST_CASE("every truncation is refused") {
  for (const std::string& zip : {write_zip({{"a", "hello"}}), archive_of({packed("a", "hello")})}) {
    for (std::size_t n = 0; n < zip.size(); ++n) {
      CAPTURE(n);
      CHECK(first_of(zip.substr(0, n)) == "E2008");
    }
  }
}

TEST_CASE("no single changed byte makes other content") {
  for (const std::string& good :
       {write_zip({{"a", "hello"}}), archive_of({packed("a", "hello hello hello")})}) {
    const std::string content = first_of(good);
    for (std::size_t i = 0; i < good.size(); ++i) {
      for (const char c : {'\x00', '\x7f', '\x80', '\xff'}) {
        std::string bad = good;
        bad[i] = c;
        const std::string result = first_of(bad);
        CAPTURE(i);
        CHECK((result == content || result == "E2008" || result == "E5001" || result == "empty"));
      }
    }
  }
}

TEST_CASE("sizes that lie") {
  Entry e = plain("a", "hello");
  e.size = 6;
  CHECK(first_of(archive_of({e})) == "E2008");
  e = packed("a", "hello");
  e.size = 4;
  CHECK(first_of(archive_of({e})) == "E2008");
  e.size = 6;
  CHECK(first_of(archive_of({e})) == "E2008");
  e = plain("a", "hello");
  e.crc ^= 1;
  CHECK(first_of(archive_of({e})) == "E2008");
}

TEST_CASE("bombs") {
  const std::string zeros(200'000, '\0');
  const std::string zip = archive_of({packed("a", zeros)});
  CHECK(first_of(zip, zeros.size()) == zeros);
  CHECK(first_of(zip, zeros.size() - 1) == "E5001");
  Entry e = packed("a", "x");
  e.size = 0xfffffff0;  // far beyond what so few bytes can hold
  CHECK(first_of(archive_of({e}), std::uint64_t{1} << 40) == "E2008");
}

TEST_CASE("entries that share bytes are refused") {
  Entry first = plain("a", "hello"), second = plain("b", "hello");
  second.offset = 0;
  second.local_name = "a";
  CHECK(first_of(archive_of({first, second})) == "E2008");
}

TEST_CASE("two entries of one name are refused") {
  CHECK(first_of(archive_of({plain("a", "1"), plain("a", "2")})) == "E2008");
}

TEST_CASE("local header and directory must agree") {
  Entry e = plain("a", "hello");
  e.local_name = "b";
  CHECK(first_of(archive_of({e})) == "E2008");
}

TEST_CASE("names that lead elsewhere") {
  for (const std::string& name : {std::string("../a"), std::string("/a"), std::string("x/../../a"),
                                  std::string("a\\b"), std::string("a\0b", 3), std::string()}) {
    CAPTURE(name);
    CHECK(first_of(archive_of({plain(name, "x")})) == "E2008");
  }
}

TEST_CASE("encrypted entries and other methods") {
  Entry e = plain("a", "hello");
  e.flags = 1;
  CHECK(first_of(archive_of({e})) == "E2008");
  e = plain("a", "hello");
  e.method = 12;
  CHECK(first_of(archive_of({e})) == "E2008");
}

TEST_CASE("an offset outside the file") {
  Entry e = plain("a", "hello");
  e.offset = 0x7fffffff;
  CHECK(first_of(archive_of({e})) == "E2008");
}

}  // namespace corecast::archive
