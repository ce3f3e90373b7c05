#include <algorithm>
#include <cstring>
#include <numeric>

#include "converter/coreml/blob_reader.h"
#include "converter/coreml/blob_writer.h"
#include "tests/coreml/temp_folder.h"
#include "tests/support/catch.h"

namespace corecast::coreml {
namespace {

std::string packed(std::initializer_list<unsigned> bytes) {
  std::string out;
  for (const unsigned b : bytes) out += static_cast<char>(b);
  return out;
}

/// A file of one f32 blob [1, 2, 3]: the record at 64, the data at 128.
std::string small_file() {
  TempFolder folder;
  BlobWriter writer(folder / "weight.bin");
  const float values[] = {1, 2, 3};
  REQUIRE(writer.write(BlobType::f32, 3, std::as_bytes(std::span(values))).value() == 64);
  writer.finish().value();
  return read_text(folder / "weight.bin");
}

template <class T>
std::string patched(std::string file, std::size_t at, T value) {
  std::memcpy(file.data() + at, &value, sizeof value);
  return file;
}

std::string error_at(const std::string& file, std::uint64_t offset = 64) {
  const auto blobs = BlobFile::from_bytes(as_bytes(file));
  if (!blobs) return std::string(name_of(blobs.error().code));
  const auto blob = blobs->at(offset);
  return blob ? "ok" : std::string(name_of(blob.error().code));
}

}  // namespace

TEST_CASE("the blob file has the documented bytes") {
  const std::string file = small_file();
  REQUIRE(file.size() == 128 + 12);
  CHECK(file.substr(0, 8) == packed({1, 0, 0, 0, 2, 0, 0, 0}));
  CHECK(file.substr(8, 56) == std::string(56, '\0'));
  CHECK(file.substr(64, 24) == packed({0xef, 0xbe, 0xad, 0xde, 2, 0, 0, 0,  //
                                       12,   0,    0,    0,    0, 0, 0, 0,  //
                                       128,  0,    0,    0,    0, 0, 0, 0}));
  CHECK(file.substr(88, 40) == std::string(40, '\0'));
}

TEST_CASE("every blob type keeps its bytes and its element count") {
  TempFolder folder;
  std::vector<std::uint64_t> offsets;
  std::vector<std::string> contents;
  BlobWriter writer(folder / "weight.bin");
  for (std::uint32_t raw = 1; raw <= 17; ++raw) {
    const BlobType type = blob_type_from_raw(raw).value();
    for (const std::uint64_t n : {0u, 1u, 5u, 13u, 64u, 129u}) {
      const std::size_t size = (n * static_cast<std::uint64_t>(bits_of(type)) + 7) / 8;
      std::string data(size, '\0');
      for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<char>(37 * i + raw);
      const auto spare = 8 * size - n * static_cast<std::uint64_t>(bits_of(type));
      offsets.push_back(writer.write(type, n, as_bytes(data)).value());
      if (size > 0) data.back() = static_cast<char>(data.back() & (0xff >> spare));
      contents.push_back(data);
    }
  }
  writer.finish().value();
  CHECK(writer.count() == 17 * 6);

  const auto file = BlobFile::open(folder / "weight.bin").value();
  const auto blobs = file.all().value();
  REQUIRE(blobs.size() == offsets.size());
  const std::uint64_t counts[] = {0, 1, 5, 13, 64, 129};
  for (std::size_t i = 0; i < blobs.size(); ++i) {
    CAPTURE(i);
    CHECK(blobs[i].offset == offsets[i]);
    CHECK(offsets[i] % 64 == 0);
    CHECK(blobs[i].elements == counts[i % 6]);
    CHECK(static_cast<std::size_t>(blobs[i].type) == i / 6 + 1);
    CHECK(as_chars(blobs[i].data) == contents[i]);
    CHECK(as_chars(file.at(offsets[i]).value().data) == contents[i]);
  }
}

TEST_CASE("how a blob is cut into tiles leaves no trace") {
  std::string data(100'003, '\0');
  std::iota(data.begin(), data.end(), char{0});
  std::vector<std::string> files;
  for (const std::size_t tile : {std::size_t{1}, std::size_t{31}, std::size_t{4096}, data.size()}) {
    TempFolder folder;
    BlobWriter writer(folder / "w");
    writer.begin(BlobType::u8, data.size()).value();
    for (std::size_t at = 0; at < data.size(); at += tile) {
      writer.append(as_bytes(data).subspan(at, std::min(tile, data.size() - at))).value();
    }
    writer.end();
    writer.finish().value();
    files.push_back(read_text(folder / "w") + uuid_of(writer.hash()));
  }
  CHECK(std::all_of(files.begin(), files.end(), [&](const auto& f) { return f == files[0]; }));
}

TEST_CASE("a blob of the wrong length is a bug of ours") {
  TempFolder folder;
  BlobWriter writer(folder / "w");
  writer.begin(BlobType::f16, 2).value();
  writer.append(as_bytes("ab")).value();
  CHECK_THROWS_AS(writer.end(), InternalError);
  CHECK_THROWS_AS(writer.append(as_bytes("abc")), InternalError);
}

TEST_CASE("no blobs, no file") {
  TempFolder folder;
  BlobWriter writer(folder / "w");
  writer.finish().value();
  CHECK(folder.entries() == 0);
}

TEST_CASE("writing blobs can be cancelled and can fail") {
  TempFolder folder;
  BlobWriter stopped(folder / "w", [] { return true; });
  stopped.begin(BlobType::u8, 1).value();
  CHECK(stopped.append(as_bytes("x")).error().code == Code::E5104);
  BlobWriter nowhere(folder / "none/w");
  CHECK(nowhere.begin(BlobType::u8, 1).error().code == Code::E5102);
  if (std::filesystem::exists("/dev/full")) {
    // The file must be new, so a full disk is tried one level lower.
    CHECK(write_error("/dev/full", ENOSPC, 10).kind() == ErrorKind::limit);
  }
}

TEST_CASE("a damaged blob file is refused") {
  const std::string good = small_file();
  CHECK(error_at(good) == "ok");
  CHECK(error_at("") == "E2411");
  CHECK(error_at(good.substr(0, 63)) == "E2411");
  CHECK(error_at(patched(good, 4, std::uint32_t{1})) == "E2411");     // version
  CHECK(error_at(patched(good, 0, std::uint32_t{1000})) == "E2411");  // count
  CHECK(error_at(good, 0) == "E2412");
  CHECK(error_at(good, 65) == "E2412");
  CHECK(error_at(good, 128) == "E2412");
  CHECK(error_at(good, ~std::uint64_t{0}) == "E2412");
  CHECK(error_at(patched(good, 64, std::uint32_t{0})) == "E2412");  // sentinel
  CHECK(error_at(patched(good, 68, std::uint32_t{0})) == "E2412");  // type
  CHECK(error_at(patched(good, 68, std::uint32_t{18})) == "E2412");
  CHECK(error_at(patched(good, 72, std::uint64_t{13})) == "E2412");  // size
  CHECK(error_at(patched(good, 72, std::uint64_t{11})) == "E2412");
  CHECK(error_at(patched(good, 72, ~std::uint64_t{0})) == "E2412");
  CHECK(error_at(patched(good, 80, std::uint64_t{0})) == "E2412");  // data offset
  CHECK(error_at(patched(good, 80, std::uint64_t{132})) == "E2412");
  CHECK(error_at(patched(good, 80, ~std::uint64_t{63})) == "E2412");
  CHECK(error_at(good.substr(0, good.size() - 1)) == "E2412");
}

TEST_CASE("the padding of whole-byte types is ignored, that of others is checked") {
  const std::string file = small_file();
  CHECK(error_at(patched(file, 88, std::uint64_t{0xdeadbeef})) == "ok");
  const std::string u4 = patched(file, 68, static_cast<std::uint32_t>(BlobType::u4));
  CHECK(error_at(u4) == "ok");
  CHECK(error_at(patched(u4, 88, std::uint64_t{4})) == "ok");
  CHECK(error_at(patched(u4, 88, std::uint64_t{3})) == "E2412");
  CHECK(error_at(patched(u4, 88, std::uint64_t{8})) == "E2412");
  const std::string u6 = patched(file, 68, static_cast<std::uint32_t>(BlobType::u6));
  CHECK(error_at(u6) == "ok");  // 96 bits are 16 elements
  CHECK(error_at(patched(u6, 88, std::uint64_t{1})) == "E2412");
  CHECK(error_at(patched(u6, 88, std::uint64_t{6})) == "ok");
}

}  // namespace corecast::coreml
