// weight.bin, version 2: how the tensors of an ML Program lie in a file.
//
//   0    64-byte header: u32 number of blobs, u32 version (2), zeros
//   64   for each blob, at a multiple of 64: a 64-byte record, then the data
//          u32 sentinel, u32 BlobType, u64 data bytes, u64 offset of the data in the file,
//          u64 unused bits in the last byte, zeros
//
// Little-endian throughout, gaps are zero, tensors are dense and row-major. A program refers to a
// blob by the offset of its record. Elements of less than a byte form one bit stream, lowest bit
// first.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace corecast::coreml {

/// Element types in a record. The numbers are the format's and differ from those of the protobuf.
enum class BlobType : std::uint32_t {
  f16 = 1,
  f32 = 2,
  u8 = 3,
  i8 = 4,
  bf16 = 5,
  i16 = 6,
  u16 = 7,
  i4 = 8,
  u1 = 9,
  u2 = 10,
  u4 = 11,
  u3 = 12,
  u6 = 13,
  i32 = 14,
  u32 = 15,
  f8e4m3 = 16,
  f8e5m2 = 17,
};

std::optional<BlobType> blob_type_from_raw(std::uint32_t raw);
std::string_view name_of(BlobType type);
int bits_of(BlobType type);

inline constexpr std::uint64_t kBlobAlignment = 64;
inline constexpr std::uint64_t kBlobRecordSize = 64;
inline constexpr std::uint64_t kBlobHeaderSize = 64;
inline constexpr std::uint32_t kBlobVersion = 2;
inline constexpr std::uint32_t kBlobSentinel = 0xdeadbeef;

}  // namespace corecast::coreml
