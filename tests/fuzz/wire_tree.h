// WireTree: a protobuf message taken apart without its schema, so that mutations can respect (or
// break) its structure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace corecast::fuzz {

struct WireField {
  std::uint32_t number = 0;
  std::uint8_t wire = 0;    ///< 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes
  std::uint64_t value = 0;  ///< of wire types 0, 1, 5
  std::string bytes;        ///< of wire type 2, unless nested
  bool nested = false;      ///< wire type 2 that reads as a message
  std::vector<WireField> fields;
};

/// Empty when the bytes do not read as a message. Strings that happen to read as one are taken for
/// one; for mutations that does no harm.
std::optional<std::vector<WireField>> parse_wire(std::string_view bytes, int depth = 0);
std::string serialize_wire(const std::vector<WireField>& fields);

/// Where in the bytes the tags and lengths are, of nested messages too.
std::vector<std::size_t> varint_positions(std::string_view bytes);

void append_varint(std::string& out, std::uint64_t value);
/// False when cut off or too long.
bool take_varint(std::string_view bytes, std::size_t& at, std::uint64_t& value);

}  // namespace corecast::fuzz
