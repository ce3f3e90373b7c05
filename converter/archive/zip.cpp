#include "converter/archive/zip.h"

#include <zlib.h>

#include <algorithm>
#include <set>

#include "base/strings.h"

namespace corecast::archive {
namespace {

constexpr std::uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50;
constexpr std::uint32_t kEnd64 = 0x06064b50, kLocator64 = 0x07064b50;

Error bad(const std::string& what) {
  return Error(Code::E2008, cat("not a readable zip archive: ", what),
               "the file may be truncated; try creating or downloading it again");
}

template <class T>
T at(ByteView b, std::uint64_t offset) {
  return read_le<T>(b, offset).value_or(0);
}

void put(std::string& out, std::uint64_t v, int bytes) {
  for (int i = 0; i < bytes; ++i, v >>= 8) out += static_cast<char>(v & 0xff);
}

std::uint32_t checksum(std::string_view data) {
  uLong crc = ::crc32(0, nullptr, 0);
  for (std::size_t done = 0; done < data.size();) {
    const auto n = static_cast<uInt>(std::min<std::size_t>(data.size() - done, 1u << 30));
    crc = ::crc32(crc, reinterpret_cast<const Bytef*>(data.data()) + done, n);
    done += n;
  }
  return static_cast<std::uint32_t>(crc);
}

// Zip64's extra field holds, in this order, those of (size, compressed size, offset) that do not
// fit.
void widen(ByteView extra, ZipEntry& e) {
  for (std::uint64_t p = 0; p + 4 <= extra.size();) {
    const auto id = at<std::uint16_t>(extra, p);
    const auto size = at<std::uint16_t>(extra, p + 2);
    if (id == 1) {
      std::uint64_t q = p + 4;
      for (std::uint64_t* field : {&e.size, &e.compressed_size, &e.header_offset}) {
        if (*field == 0xffffffffu) {
          *field = at<std::uint64_t>(extra, q);
          q += 8;
        }
      }
    }
    p += 4u + size;
  }
}

/// Relative, downwards, one spelling.
bool is_contained(const std::string& name) {
  if (name.empty() || name[0] == '/' || name.find('\\') != std::string::npos ||
      name.find('\0') != std::string::npos)
    return false;
  const auto parts = split(name, '/');
  return std::none_of(parts.begin(), parts.end(), [](auto part) { return part == ".."; });
}

/// One name, one place: an archive whose entries share their bytes unpacks to far more than it is.
Status check_disjoint(const std::vector<ZipEntry>& entries) {
  std::vector<const ZipEntry*> order;
  std::set<std::string_view> names;
  for (const ZipEntry& e : entries) {
    order.push_back(&e);
    if (!names.insert(e.name).second) return bad(cat("two entries are called ", quote(e.name)));
  }
  std::sort(order.begin(), order.end(), [](const ZipEntry* a, const ZipEntry* b) {
    return a->header_offset < b->header_offset;
  });
  for (std::size_t i = 0; i + 1 < order.size(); ++i) {
    const std::uint64_t room = order[i + 1]->header_offset - order[i]->header_offset;
    const std::uint64_t header = 30 + order[i]->name.size();
    if (room < header || room - header < order[i]->compressed_size)
      return bad(cat("entries ", quote(order[i]->name), " and ", quote(order[i + 1]->name),
                     " share bytes"));
  }
  return {};
}

}  // namespace

Result<std::vector<ZipEntry>> read_zip_directory(ByteView z) {
  if (z.size() < 22) return bad("too short");
  std::uint64_t end = z.size() - 22;
  const std::uint64_t lowest = end > 65535 ? end - 65535 : 0;
  while (at<std::uint32_t>(z, end) != kEnd) {
    if (end == lowest) return bad("no end record");
    --end;
  }
  std::uint64_t count = at<std::uint16_t>(z, end + 10), offset = at<std::uint32_t>(z, end + 16);
  if (end >= 20 && at<std::uint32_t>(z, end - 20) == kLocator64) {
    const auto record = at<std::uint64_t>(z, end - 12);
    if (at<std::uint32_t>(z, record) != kEnd64) return bad("no zip64 end record");
    count = at<std::uint64_t>(z, record + 32);
    offset = at<std::uint64_t>(z, record + 48);
  }
  if (count > z.size() / 46) return bad("more entries than fit");
  std::vector<ZipEntry> entries;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (at<std::uint32_t>(z, offset) != kCentral) return bad("a directory entry is damaged");
    ZipEntry e;
    if (at<std::uint16_t>(z, offset + 8) & 1) return bad("it is encrypted");
    e.method = at<std::uint16_t>(z, offset + 10);
    e.crc = at<std::uint32_t>(z, offset + 16);
    e.compressed_size = at<std::uint32_t>(z, offset + 20);
    e.size = at<std::uint32_t>(z, offset + 24);
    e.header_offset = at<std::uint32_t>(z, offset + 42);
    const std::uint64_t name = at<std::uint16_t>(z, offset + 28),
                        extra = at<std::uint16_t>(z, offset + 30);
    const std::uint64_t comment = at<std::uint16_t>(z, offset + 32);
    const auto name_bytes = checked_slice(z, offset + 46, name);
    const auto extra_bytes = checked_slice(z, offset + 46 + name, extra);
    if (!name_bytes || !extra_bytes) return bad("a directory entry is cut off");
    e.name = std::string(as_chars(*name_bytes));
    widen(*extra_bytes, e);
    if (!is_contained(e.name)) return bad(cat("the name ", quote(e.name), " leads elsewhere"));
    if (e.header_offset >= z.size()) return bad("a directory entry is damaged");
    if (e.method != 0 && e.method != 8)
      return bad(cat("entry ", quote(e.name), " uses compression method ", e.method));
    entries.push_back(std::move(e));
    offset += 46 + name + extra + comment;
  }
  TRY_VOID(check_disjoint(entries));
  return entries;
}

namespace {

Result<ByteView> payload(ByteView z, const ZipEntry& e) {
  const std::uint64_t name_size = at<std::uint16_t>(z, e.header_offset + 26);
  const auto name = checked_slice(z, e.header_offset + 30, name_size);
  if (at<std::uint32_t>(z, e.header_offset) != kLocal || !name || as_chars(*name) != e.name ||
      at<std::uint16_t>(z, e.header_offset + 8) != e.method)
    return bad(cat("entry ", quote(e.name), " contradicts the directory"));
  const std::uint64_t start =
      e.header_offset + 30 + name_size + at<std::uint16_t>(z, e.header_offset + 28);
  const auto part = checked_slice(z, start, e.compressed_size);
  if (!part) return bad(cat("entry ", quote(e.name), " is cut off"));
  return *part;
}

}  // namespace

Result<ByteView> stored_entry(ByteView z, const ZipEntry& e) {
  TRY(const ByteView part, payload(z, e));
  if (e.method != 0 || e.size != e.compressed_size)
    return bad(cat("entry ", quote(e.name), " is compressed"));
  return part;
}

Result<std::string> read_zip_entry(ByteView z, const ZipEntry& e, std::uint64_t limit) {
  TRY(const ByteView part, payload(z, e));
  if (e.size > limit) {
    return Error(Code::E5001, cat("archive entry ", quote(e.name), " has ", e.size, " bytes, ",
                                  limit, " are allowed"));
  }
  std::string out;
  if (e.method == 0) {
    if (e.size != part.size()) return bad(cat("entry ", quote(e.name), " contradicts its size"));
    out = std::string(as_chars(part));
  } else {
    // Deflate cannot shrink by more than 1032:1; a larger claim would only allocate.
    if (e.size / 1032 > part.size())
      return bad(cat("entry ", quote(e.name), " claims an impossible size"));
    out.resize(static_cast<std::size_t>(e.size));
    z_stream s{};
    if (inflateInit2(&s, -MAX_WBITS) != Z_OK) return bad("zlib failed");
    std::size_t in = 0, done = 0;
    int status = Z_OK;
    while (status == Z_OK && (in < part.size() || s.avail_in > 0) && done <= out.size()) {
      if (s.avail_in == 0) {
        s.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(part.data() + in));
        s.avail_in = static_cast<uInt>(std::min<std::size_t>(part.size() - in, 1u << 30));
        in += s.avail_in;
      }
      const auto space = static_cast<uInt>(std::min<std::size_t>(out.size() - done, 1u << 30));
      s.next_out = reinterpret_cast<Bytef*>(out.data()) + done;
      s.avail_out = space;
      status = ::inflate(&s, Z_NO_FLUSH);
      done += space - s.avail_out;
      if (status == Z_OK && space == 0) break;  // more data than its size says
    }
    inflateEnd(&s);
    if (status != Z_STREAM_END || done != out.size())
      return bad(cat("entry ", quote(e.name), " does not inflate"));
  }
  if (checksum(out) != e.crc) return bad(cat("entry ", quote(e.name), " fails its checksum"));
  return out;
}

std::string write_zip(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string out, directory;
  constexpr std::uint64_t date = 0x21;  // 1980-01-01, zip's zero
  for (const auto& [name, data] : entries) {
    const std::uint64_t offset = out.size();
    const std::uint32_t crc = checksum(data);
    // Always zip64: one form to test.
    const auto header = [&](std::string& into, bool central) {
      put(into, central ? kCentral : kLocal, 4);
      if (central) put(into, 45, 2);
      put(into, 45, 2);
      put(into, 0x800, 2);  // names are UTF-8
      put(into, 0, 2);
      put(into, date << 16, 4);
      put(into, crc, 4);
      put(into, 0xffffffffu, 4);
      put(into, 0xffffffffu, 4);
      put(into, name.size(), 2);
      put(into, central ? 28 : 20, 2);
      if (central) {
        put(into, 0, 10);
        put(into, 0xffffffffu, 4);
      }
      into += name;
      put(into, 1, 2);
      put(into, central ? 24 : 16, 2);
      put(into, data.size(), 8);
      put(into, data.size(), 8);
      if (central) put(into, offset, 8);
    };
    header(out, false);
    out += data;
    header(directory, true);
  }
  const std::uint64_t start = out.size(), size = directory.size(), count = entries.size();
  out += directory;
  const std::uint64_t record = out.size();
  put(out, kEnd64, 4);
  put(out, 44, 8);
  put(out, 45, 2), put(out, 45, 2), put(out, 0, 4), put(out, 0, 4);
  put(out, count, 8), put(out, count, 8), put(out, size, 8), put(out, start, 8);
  put(out, kLocator64, 4), put(out, 0, 4), put(out, record, 8), put(out, 1, 4);
  put(out, kEnd, 4), put(out, 0, 4);
  put(out, std::min<std::uint64_t>(count, 0xffff), 2),
      put(out, std::min<std::uint64_t>(count, 0xffff), 2);
  put(out, 0xffffffffu, 4), put(out, 0xffffffffu, 4), put(out, 0, 2);
  return out;
}

}  // namespace corecast::archive
