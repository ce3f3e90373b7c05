#include "converter/coreml/constant_writer.h"

#include <sys/resource.h>

#include <csignal>
#include <cstring>

#include "converter/coreml/blob_reader.h"
#include "tests/coreml/temp_folder.h"
#include "tests/support/catch.h"

namespace corecast::coreml {
namespace {

/// Larger than two blocks of the file, and of no round size.
ir::Tensor large() {
  ir::Tensor t = ir::Tensor::empty(ir::DType::f32, {5, 1000003});
  float value = 0;
  for (float& v : t.mutable_data<float>()) v = (value += 0.0625f) < 2000 ? value : value = -2000;
  return t;
}

/// weight.bin of a small constant, the large one in f16, and the large one as it is.
std::string written(const ir::Tensor& t, int threads, ContentHash& hash) {
  TempFolder folder;
  ThreadPool pool(threads);
  BlobWriter blobs(folder / "weight.bin");
  ConstantWriter writer(blobs, mil::Target::ios16, pool);
  writer.value_of(ir::Tensor::splat(ir::DType::f16, {33}, 0.5)).value();
  writer.value_of(t.lazy_cast(ir::DType::f16)).value();
  writer.value_of(t).value();
  blobs.finish().value();
  hash = blobs.hash();
  return read_text(folder / "weight.bin");
}

bool same_bytes(ByteView a, ByteView b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

TEST_CASE("the weight file is the same whatever the number of threads") {
  const ir::Tensor t = large();
  ContentHash one_hash, three_hash;
  const std::string one = written(t, 1, one_hash), three = written(t, 3, three_hash);
  CHECK(one.size() > 30'000'000);
  CHECK(one == three);
  CHECK(one_hash.digest() == three_hash.digest());
  ContentHash whole;
  whole.update(as_bytes(one).subspan(kBlobHeaderSize));
  CHECK(whole.digest() == one_hash.digest());

  const auto file = BlobFile::from_bytes(as_bytes(one)).value();
  const auto blobs = file.all().value();
  REQUIRE(blobs.size() == 3);
  CHECK(same_bytes(blobs[1].data, t.cast(ir::DType::f16).bytes()));
  CHECK(same_bytes(blobs[2].data, t.bytes()));
}

TEST_CASE("a file appended in pieces of any size has their bytes, and lets them be replaced") {
  TempFolder folder;
  constexpr std::size_t block = 8u << 20;  // how much is written at a time
  for (const std::size_t size : {0u, 1u, 5000u, 8u << 20, (8u << 20) + 1, (24u << 20) + 777}) {
    for (const std::size_t piece : {65537u, 3u << 20, 16u << 20}) {
      CAPTURE(size, piece);
      std::string expected(size, '\0');
      for (std::size_t i = 0; i < size; ++i) expected[i] = static_cast<char>(i * 7 + i / block);
      const std::string path = folder / ("file-" + std::to_string(size) + std::to_string(piece));
      auto file = OutputFile::create(path).value();
      for (std::size_t at = 0; at < size; at += piece)
        file.append(as_bytes(expected).subspan(at, std::min(piece, size - at))).value();
      CHECK(file.size() == size);
      if (size > 100) {
        file.overwrite(size - 9, as_bytes("new words")).value();
        file.overwrite(1, as_bytes("first")).value();
        expected.replace(size - 9, 9, "new words");
        expected.replace(1, 5, "first");
      }
      file.close().value();
      CHECK(read_text(path) == expected);
    }
  }
}

TEST_CASE("no room for a block that is written behind is told about by what comes after") {
  class SmallestFiles {  // files of this process may have little more than six megabytes
   public:
    SmallestFiles() {
      REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
      rlimit small = before_;
      small.rlim_cur = (6u << 20) + 100;
      REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
      handler_ = std::signal(SIGXFSZ, SIG_IGN);
    }
    ~SmallestFiles() {
      ::setrlimit(RLIMIT_FSIZE, &before_);
      std::signal(SIGXFSZ, handler_);
    }

   private:
    rlimit before_ = {};
    void (*handler_)(int) = nullptr;
  };
  TempFolder folder;
  const std::vector<std::byte> bytes(32u << 20);
  Status status;
  {
    const SmallestFiles limit;
    auto file = OutputFile::create(folder / "weight.bin").value();
    status = file.append(bytes);
    if (status.has_value()) status = file.close();
  }
  REQUIRE(!status.has_value());
  CHECK(status.error().code == Code::E5103);
}

}  // namespace corecast::coreml
