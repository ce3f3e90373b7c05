#include "tests/fuzz/wire_tree.h"

#include <cstring>

namespace corecast::fuzz {
namespace {

constexpr int kMaxDepth = 24;
constexpr std::uint64_t kLargestNumber = 3000;  // Core ML's own reach 3000

struct Raw {
  std::uint64_t tag = 0, value = 0;
  std::string_view payload;
  std::size_t tag_at = 0, length_at = 0, payload_at = 0;
};

bool take_field(std::string_view bytes, std::size_t& at, Raw& f) {
  f.tag_at = at;
  if (!take_varint(bytes, at, f.tag)) return false;
  const std::uint64_t number = f.tag >> 3;
  if (number == 0 || number > kLargestNumber) return false;
  const auto fixed = [&](std::size_t n) {
    if (bytes.size() - at < n) return false;
    std::memcpy(&f.value, bytes.data() + at, n);
    at += n;
    return true;
  };
  switch (f.tag & 7) {
    case 0: return take_varint(bytes, at, f.value);
    case 1: return fixed(8);
    case 5: return fixed(4);
    case 2: {
      std::uint64_t size;
      f.length_at = at;
      if (!take_varint(bytes, at, size) || size > bytes.size() - at) return false;
      f.payload_at = at;
      f.payload = bytes.substr(at, static_cast<std::size_t>(size));
      at += static_cast<std::size_t>(size);
      return true;
    }
    default: return false;
  }
}

void collect(std::string_view bytes, std::size_t base, int depth, std::vector<std::size_t>& out) {
  const std::size_t before = out.size();
  for (std::size_t at = 0; at < bytes.size();) {
    Raw f;
    if (!take_field(bytes, at, f)) {
      out.resize(before);
      return;
    }
    out.push_back(base + f.tag_at);
    if ((f.tag & 7) != 2) continue;
    out.push_back(base + f.length_at);
    if (depth < kMaxDepth) collect(f.payload, base + f.payload_at, depth + 1, out);
  }
}

}  // namespace

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7f) | 0x80);
  out += static_cast<char>(value);
}

bool take_varint(std::string_view bytes, std::size_t& at, std::uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 64 && at < bytes.size(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes[at++]);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

std::optional<std::vector<WireField>> parse_wire(std::string_view bytes, int depth) {
  std::vector<WireField> fields;
  for (std::size_t at = 0; at < bytes.size();) {
    Raw raw;
    if (!take_field(bytes, at, raw)) return std::nullopt;
    WireField f;
    f.number = static_cast<std::uint32_t>(raw.tag >> 3);
    f.wire = static_cast<std::uint8_t>(raw.tag & 7);
    f.value = raw.value;
    if (f.wire == 2) {
      if (!raw.payload.empty() && depth < kMaxDepth) {
        if (auto inner = parse_wire(raw.payload, depth + 1)) {
          f.nested = true;
          f.fields = std::move(*inner);
        }
      }
      if (!f.nested) f.bytes = std::string(raw.payload);
    }
    fields.push_back(std::move(f));
  }
  return fields;
}

std::string serialize_wire(const std::vector<WireField>& fields) {
  std::string out;
  for (const WireField& f : fields) {
    append_varint(out, std::uint64_t{f.number} << 3 | f.wire);
    if (f.wire == 0) {
      append_varint(out, f.value);
    } else if (f.wire == 2) {
      const std::string payload = f.nested ? serialize_wire(f.fields) : f.bytes;
      append_varint(out, payload.size());
      out += payload;
    } else {
      out.append(reinterpret_cast<const char*>(&f.value), f.wire == 1 ? 8 : 4);
    }
  }
  return out;
}

std::vector<std::size_t> varint_positions(std::string_view bytes) {
  std::vector<std::size_t> out;
  collect(bytes, 0, 0, out);
  return out;
}

}  // namespace corecast::fuzz
