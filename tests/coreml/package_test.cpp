#include <sys/stat.h>

#include "converter/coreml/blob_writer.h"
#include "converter/coreml/package_reader.h"
#include "converter/coreml/package_writer.h"
#include "tests/coreml/temp_folder.h"
#include "tests/support/catch.h"

namespace corecast::coreml {
namespace {

namespace fs = std::filesystem;

Status write(const std::string& target, const std::string& model, const std::string& weights = "",
             PackageOptions options = {}) {
  TRY(auto package, PackageWriter::begin(target, options));
  BlobWriter blobs(package.weight_file(), options.cancelled);
  if (!weights.empty()) {
    TRY(const auto offset, blobs.write(BlobType::u8, weights.size(), as_bytes(weights)));
    CHECK(offset == 64);
  }
  TRY_VOID(blobs.finish());
  TRY_VOID(package.write_model(as_bytes(model)));
  return package.commit(blobs.hash());
}

std::string code_of(const Status& status) {
  return status ? "ok" : std::string(name_of(status.error().code));
}

std::string model_in(const std::string& package) {
  const auto files = PackageFiles::open(package);
  return files ? std::string(as_chars(files->model())) : std::string(name_of(files.error().code));
}

}  // namespace

TEST_CASE("a package is read back") {
  TempFolder folder;
  write(folder / "m.mlpackage/", "model", "weights").value();
  CHECK(folder.entries() == 1);
  auto files = PackageFiles::open(folder / "m.mlpackage").value();
  CHECK(as_chars(files.model()) == "model");
  const auto* blobs = files.blob_file("@model_path/weights/weight.bin").value();
  CHECK(as_chars(blobs->at(64).value().data) == "weights");
  CHECK(files.blob_file("@model_path/weights/weight.bin").value() == blobs);
  CHECK(files.blob_file("@model_path/weights/other.bin").error().code == Code::E2001);
  CHECK(files.blob_file("@model_path/../model.mlmodel").error().code == Code::E2402);
  CHECK(files.blob_file("/etc/hostname").error().code == Code::E2402);
  CHECK(files.blob_file("@model_path/model.mlmodel").error().code == Code::E2411);
}

TEST_CASE("without weights the folder for them is empty") {
  TempFolder folder;
  write(folder / "m.mlpackage", "model").value();
  CHECK(fs::is_empty(folder / "m.mlpackage/Data/com.apple.CoreML/weights"));
}

TEST_CASE("the same content gives the same package, other content other identifiers") {
  TempFolder folder;
  write(folder / "a.mlpackage", "model", "weights").value();
  write(folder / "b.mlpackage", "model", "weights").value();
  write(folder / "c.mlpackage", "model", "Weights").value();
  write(folder / "d.mlpackage", "Model", "weights").value();
  const auto manifest = [&](const char* name) {
    return read_text(folder / (std::string(name) + ".mlpackage/Manifest.json"));
  };
  CHECK(manifest("a") == manifest("b"));
  CHECK(manifest("a") != manifest("c"));
  CHECK(manifest("a") != manifest("d"));
}

TEST_CASE("nothing is replaced without force") {
  TempFolder folder;
  const std::string target = folder / "m.mlpackage";
  write(target, "old").value();
  CHECK(code_of(write(target, "new")) == "E5101");
  CHECK(model_in(target) == "old");
  write(target, "new", "", {.force = true, .cancelled = {}}).value();
  CHECK(model_in(target) == "new");
  CHECK(folder.entries() == 1);
}

TEST_CASE("force replaces files and links but no foreign folder") {
  TempFolder folder;
  const PackageOptions force{.force = true, .cancelled = {}};
  write_text(folder / "file.mlpackage", "x");
  CHECK(code_of(write(folder / "file.mlpackage", "new", "", force)) == "ok");
  write_text(folder / "photos.mlpackage/a.jpg", "x");
  CHECK(code_of(write(folder / "photos.mlpackage", "new", "", force)) == "E5101");
  CHECK(read_text(folder / "photos.mlpackage/a.jpg") == "x");
  write_text(folder / "elsewhere/Manifest.json", "x");
  fs::create_directory_symlink(folder / "elsewhere", folder / "link.mlpackage");
  CHECK(code_of(write(folder / "link.mlpackage", "new", "", force)) == "ok");
  CHECK(fs::exists(folder / "elsewhere/Manifest.json"));
  CHECK_FALSE(fs::is_symlink(folder / "link.mlpackage"));
}

TEST_CASE("a target that appears meanwhile is kept") {
  TempFolder folder;
  auto first = PackageWriter::begin(folder / "m.mlpackage", {}).value();
  first.write_model(as_bytes("first")).value();
  write(folder / "m.mlpackage", "second").value();
  CHECK(code_of(first.commit({})) == "E5101");
  CHECK(model_in(folder / "m.mlpackage") == "second");
}

TEST_CASE("bad targets") {
  TempFolder folder;
  CHECK(code_of(write(folder / "m.mlmodel", "x")) == "E5105");
  CHECK(code_of(write(folder / ".mlpackage", "x")) == "E5105");
  CHECK(code_of(write(folder / "none/m.mlpackage", "x")) == "E5102");
  CHECK(folder.entries() == 0);
}

TEST_CASE("an interrupted write leaves nothing behind") {
  TempFolder folder;
  for (int polls = 0; polls < 4; ++polls) {
    int left = polls;
    const auto status = write(folder / "m.mlpackage", "model", "weights",
                              {.force = false, .cancelled = [&] { return left-- == 0; }});
    CHECK(code_of(status) == (polls < 3 ? "E5104" : "ok"));
    CHECK(folder.entries() == (polls < 3 ? 0 : 1));
  }
}

TEST_CASE("folders left behind are removed, those in use are not") {
  TempFolder folder;
  write_text(folder / ".m.mlpackage.tmp-1-0/Data/x", "x");
  auto running = PackageWriter::begin(folder / "m.mlpackage", {}).value();
  CHECK(folder.entries() == 1);
  auto other = PackageWriter::begin(folder / "m.mlpackage", {}).value();
  CHECK(folder.entries() == 2);
}

TEST_CASE("a bare model file is accepted") {
  TempFolder folder;
  write_text(folder / "m.mlmodel", "model");
  CHECK(model_in(folder / "m.mlmodel") == "model");
  CHECK(model_in(folder / "none.mlmodel") == "E2001");
}

TEST_CASE("what is no package is refused") {
  TempFolder folder;
  CHECK(model_in(folder.path().string()) == "E2403");
  write(folder / "m.mlpackage", "model").value();
  write_text(folder / "m.mlpackage/Manifest.json", "{}");
  CHECK(model_in(folder / "m.mlpackage") == "E2401");
  write(folder / "n.mlpackage", "model").value();
  fs::remove(folder / "n.mlpackage/Data/com.apple.CoreML/model.mlmodel");
  CHECK(model_in(folder / "n.mlpackage") == "E2001");
}

TEST_CASE("links: a store of contents works, a way out does not") {
  TempFolder folder;
  write(folder / "m.mlpackage", "model", "weights").value();
  const std::string data = folder / "m.mlpackage/Data/com.apple.CoreML/";
  const auto weights = [&] {
    auto files = PackageFiles::open(folder / "m.mlpackage");
    if (!files) return std::string(name_of(files.error().code));
    const auto blobs = files->blob_file("@model_path/weights/weight.bin");
    return blobs ? std::string("ok") : std::string(name_of(blobs.error().code));
  };
  fs::create_directory(folder / "blobs");
  fs::rename(data + "weights/weight.bin", folder / "blobs/1");
  fs::create_symlink(folder / "blobs/1", data + "weights/weight.bin");
  CHECK(weights() == "E2402");
  fs::rename(data + "model.mlmodel", folder / "blobs/2");
  fs::create_symlink(folder / "blobs/2", data + "model.mlmodel");
  CHECK(weights() == "ok");
  fs::remove(data + "model.mlmodel");
  fs::rename(folder / "blobs/2", data + "model.mlmodel");
  fs::rename(data, folder / "blobs/outside");
  fs::create_directory_symlink(folder / "blobs/outside", data.substr(0, data.size() - 1));
  CHECK(weights() == "E2402");
}

}  // namespace corecast::coreml
