#include "converter/coreml/blob_reader.h"

#include <utility>

#include "base/strings.h"

namespace corecast::coreml {

Result<BlobFile> BlobFile::open(const std::string& path) {
  TRY(auto file, MappedFile::open(path));
  auto blobs = from_bytes(file->bytes());
  if (!blobs) return std::move(blobs).error().with_file(path);
  blobs->file_ = std::move(file);
  return blobs;
}

Result<BlobFile> BlobFile::from_bytes(ByteView bytes) {
  const std::string help = "the weight file is damaged, or was written by another kind of tool";
  const auto count = read_le<std::uint32_t>(bytes, 0);
  const auto version = read_le<std::uint32_t>(bytes, 4);
  if (!count || !version || bytes.size() < kBlobHeaderSize) {
    return Error(Code::E2411,
                 cat("weight file is too short for its header: ", bytes.size(), " bytes, needed ",
                     kBlobHeaderSize),
                 help);
  }
  if (*version != kBlobVersion) {
    return Error(Code::E2411,
                 cat("weight file has version ", *version, ", expected ", kBlobVersion), help);
  }
  // Each blob takes at least its record, so a larger count is a lie.
  if (*count > (bytes.size() - kBlobHeaderSize) / kBlobRecordSize) {
    return Error(
        Code::E2411,
        cat("weight file announces ", *count, " blobs but has only ", bytes.size(), " bytes"),
        help);
  }
  BlobFile blobs;
  blobs.bytes_ = bytes;
  blobs.count_ = *count;
  return blobs;
}

Error BlobFile::bad_record(std::uint64_t offset, const std::string& why) const {
  Where where;
  if (file_) where.file = file_->path();
  return Error(Code::E2412, cat("blob at offset ", offset, ": ", why),
               "the weight file is damaged or does not belong to this model", std::move(where));
}

Result<Blob> BlobFile::at(std::uint64_t offset) const {
  const auto record = checked_slice(bytes_, offset, kBlobRecordSize);
  if (!record || offset < kBlobHeaderSize) {
    return bad_record(offset, cat("the record lies outside the file of ", bytes_.size(), " bytes"));
  }
  if (offset % kBlobAlignment != 0) return bad_record(offset, "not a multiple of 64");
  const auto sentinel = *read_le<std::uint32_t>(*record, 0);
  if (sentinel != kBlobSentinel) return bad_record(offset, "there is no blob here (bad sentinel)");
  const auto raw_type = *read_le<std::uint32_t>(*record, 4);
  const auto type = blob_type_from_raw(raw_type);
  if (!type) return bad_record(offset, cat("unknown element type ", raw_type));
  const auto size = *read_le<std::uint64_t>(*record, 8);
  const auto data_offset = *read_le<std::uint64_t>(*record, 16);
  const auto data = checked_slice(bytes_, data_offset, size);
  if (!data) {
    return bad_record(offset, cat("its data, ", size, " bytes at ", data_offset,
                                  ", lie outside the file of ", bytes_.size(), " bytes"));
  }
  if (data_offset % kBlobAlignment != 0 || data_offset < offset + kBlobRecordSize) {
    return bad_record(offset, cat("its data start at ", data_offset,
                                  ", expected a multiple of 64 behind the record"));
  }
  const auto bits = static_cast<std::uint64_t>(bits_of(*type));
  // Older tools left garbage in the padding field of whole-byte types.
  const auto padding = bits % 8 == 0 ? 0 : *read_le<std::uint64_t>(*record, 24);
  if (padding >= 8 || padding > 8 * size || (8 % bits == 0 && padding % bits != 0)) {
    return bad_record(offset, cat("impossible padding of ", padding, " bits"));
  }
  if ((8 * size - padding) % bits != 0) {
    return bad_record(offset,
                      cat(size, " bytes are no whole number of ", name_of(*type), " elements"));
  }
  Blob blob;
  blob.type = *type;
  blob.elements = (8 * size - padding) / bits;
  blob.offset = offset;
  blob.data_offset = data_offset;
  blob.data = *data;
  return blob;
}

Result<std::vector<Blob>> BlobFile::all() const {
  std::vector<Blob> blobs;
  std::uint64_t next = kBlobHeaderSize;
  for (std::uint32_t i = 0; i < count_; ++i) {
    TRY(auto blob, at(next));
    // Data behind its record and inside the file: each step goes forward and cannot overflow.
    next = blob.data_offset + blob.data.size();
    next += (kBlobAlignment - next % kBlobAlignment) % kBlobAlignment;
    blobs.push_back(blob);
  }
  return blobs;
}

}  // namespace corecast::coreml
