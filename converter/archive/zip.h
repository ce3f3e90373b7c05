// Zip archives (APPNOTE 6.3), as far as .npz, .pt and .pt2 files use them: stored and deflated
// entries, zip64. The central directory is the only index; names are checked, sizes bounded.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace corecast::archive {

struct ZipEntry {
  std::string name;
  std::uint64_t size = 0;  ///< uncompressed bytes
  std::uint64_t compressed_size = 0;
  std::uint64_t header_offset = 0;  ///< of the local header
  std::uint32_t crc = 0;
  std::uint16_t method = 0;  ///< 0 stored, 8 deflated
};

/// Errors: E2008 not a zip archive, cut off, encrypted, or contradicting itself.
Result<std::vector<ZipEntry>> read_zip_directory(ByteView archive);
/// The bytes of a stored entry, in place. Errors: E2008, also when the entry is compressed.
Result<ByteView> stored_entry(ByteView archive, const ZipEntry& entry);
/// The entry's bytes, inflated when need be, checked against its CRC. Errors: E2008; E5001 larger
/// than `limit`.
Result<std::string> read_zip_entry(ByteView archive, const ZipEntry& entry, std::uint64_t limit);

/// An archive of stored entries, no timestamps: equal contents give equal bytes.
std::string write_zip(const std::vector<std::pair<std::string, std::string>>& entries);

}  // namespace corecast::archive
