#include "tests/fuzz/mutate.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "tests/fuzz/wire_tree.h"

namespace corecast::fuzz {
namespace {

std::uint64_t interesting(Random& random) {
  static constexpr std::uint64_t values[] = {0,
                                             1,
                                             2,
                                             3,
                                             4,
                                             5,
                                             7,
                                             8,
                                             16,
                                             31,
                                             64,
                                             100,
                                             127,
                                             128,
                                             255,
                                             256,
                                             1000,
                                             4096,
                                             65535,
                                             65536,
                                             1u << 20,
                                             0x7ffffffe,
                                             0x7fffffff,
                                             0x80000000,
                                             0xffffffff,
                                             std::uint64_t{1} << 32,
                                             std::uint64_t{1} << 40,
                                             std::uint64_t{1} << 61,
                                             std::uint64_t{1} << 62,
                                             0x7fffffffffffffff,
                                             0x8000000000000000,
                                             0xfffffffffffffffe,  // -2
                                             0xffffffffffffffff,  // -1
                                             0xfffffffffffffffd,
                                             0xffffffffffffff9c};
  return values[random.below(std::size(values))];
}

std::uint64_t interesting_float(Random& random) {
  static constexpr float values[] = {0.0f,
                                     -0.0f,
                                     1.0f,
                                     -1.0f,
                                     0.5f,
                                     1e-45f,
                                     1e-20f,
                                     65504.f,
                                     65520.f,
                                     1e30f,
                                     3.4e38f,
                                     -3.4e38f,
                                     2.0f,
                                     1e9f,
                                     4.3e9f,
                                     1e19f,
                                     std::numeric_limits<float>::infinity(),
                                     std::numeric_limits<float>::quiet_NaN()};
  std::uint32_t bits;
  std::memcpy(&bits, &values[random.below(std::size(values))], 4);
  return bits;
}

/// A tag or a length that is not true.
void lie_in_varint(std::string& bytes, Random& random) {
  const auto at = varint_positions(bytes);
  if (at.empty()) return;
  const std::size_t where = at[random.below(at.size())];
  std::size_t end = where;
  std::uint64_t value;
  if (!take_varint(bytes, end, value)) return;
  std::string lie;
  append_varint(lie, random.one_in(2) ? value + random.below(5) - 2 : interesting(random));
  if (random.one_in(8)) {  // longer than it need be
    lie.back() = static_cast<char>(lie.back() | 0x80);
    lie += '\0';
  }
  bytes.replace(where, end - where, lie);
}

void change_bytes(std::string& bytes, std::string_view donor, Random& random) {
  const std::size_t n = bytes.size();
  switch (random.below(9)) {
    case 0:  // one bit
      if (n) bytes[random.below(n)] ^= static_cast<char>(1 << random.below(8));
      break;
    case 1: {  // one byte
      static constexpr char values[] = {'\x00', '\x01', '\x7f', '\x80', '\xff'};
      if (n) bytes[random.below(n)] = values[random.below(5)];
      break;
    }
    case 2:  // bytes appear
      bytes.insert(random.below(n + 1),
                   std::string(1 + random.below(8), static_cast<char>(random.next())));
      break;
    case 3:  // bytes vanish
      if (n) bytes.erase(random.below(n), 1 + random.below(16));
      break;
    case 4:  // the end is missing
      bytes.resize(random.below(n + 1));
      break;
    case 5: {  // a piece again, elsewhere
      if (!n) break;
      const std::string piece = bytes.substr(random.below(n), 1 + random.below(64));
      bytes.insert(random.below(n + 1), piece);
      break;
    }
    case 6: {  // a piece of another file
      if (donor.empty()) break;
      const std::string_view piece = donor.substr(random.below(donor.size()), 1 + random.below(96));
      const std::size_t at = random.below(n + 1);
      if (random.one_in(2))
        bytes.insert(at, piece);
      else
        bytes.replace(at, piece.size(), piece);
      break;
    }
    case 7: lie_in_varint(bytes, random); break;
    default: {  // a number of four or eight bytes
      const std::size_t width = random.one_in(2) ? 4 : 8;
      if (n < width) break;
      const std::uint64_t v = random.one_in(3) ? interesting_float(random) : interesting(random);
      std::memcpy(bytes.data() + random.below(n - width + 1), &v, width);
      break;
    }
  }
}

struct Place {
  std::vector<WireField>* list;
  std::size_t index;
  WireField& field() const { return (*list)[index]; }
};

void collect(std::vector<WireField>& fields, std::vector<Place>& out) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    out.push_back({&fields, i});
    if (fields[i].nested) collect(fields[i].fields, out);
  }
}

void change_value(WireField& f, std::string_view donor, const std::vector<std::string>& words,
                  Random& random) {
  if (f.wire == 0) {
    switch (random.below(4)) {
      case 0: f.value += random.below(7) - 3; break;
      case 1: f.value ^= std::uint64_t{1} << random.below(64); break;
      default: f.value = interesting(random); break;
    }
  } else if (f.wire != 2) {
    f.value = random.one_in(3) ? f.value ^ (std::uint64_t{1} << random.below(32))
                               : interesting_float(random);
  } else if (f.nested) {
    if (random.one_in(3)) f.fields.clear();
  } else if (!words.empty() && f.bytes.size() < 40 && random.one_in(3)) {
    f.bytes = words[random.below(words.size())];
  } else if (random.one_in(6)) {
    f.bytes.clear();
  } else {
    change_bytes(f.bytes, donor, random);
  }
}

void change_tree(std::vector<WireField>& tree, std::vector<WireField>& other,
                 std::string_view donor, const std::vector<std::string>& words, Random& random) {
  std::vector<Place> places;
  collect(tree, places);
  if (places.empty()) return;
  const Place at = places[random.below(places.size())];
  // Like for like, from here or from the donor.
  const auto alike = [&]() -> const WireField* {
    std::vector<Place> all;
    collect(random.one_in(2) ? tree : other, all);
    std::vector<const WireField*> fitting;
    for (const Place& p : all) {
      if (p.field().number == at.field().number && p.field().wire == at.field().wire)
        fitting.push_back(&p.field());
    }
    return fitting.empty() ? nullptr : fitting[random.below(fitting.size())];
  };
  switch (random.below(10)) {
    case 0: at.list->erase(at.list->begin() + static_cast<std::ptrdiff_t>(at.index)); break;
    case 1: {
      const WireField copy = at.field();
      at.list->insert(
          at.list->begin() + static_cast<std::ptrdiff_t>(random.below(at.list->size() + 1)), copy);
      break;
    }
    case 2: std::swap(at.field(), (*at.list)[random.below(at.list->size())]); break;
    case 3:
    case 4:
      if (const WireField* p = alike()) {
        const WireField copy = *p;
        at.field() = copy;
      }
      break;
    case 5:
      if (const WireField* p = alike()) {
        const WireField copy = *p;
        at.list->insert(at.list->begin() + static_cast<std::ptrdiff_t>(at.index), copy);
      }
      break;
    default: change_value(at.field(), donor, words, random); break;
  }
}

std::size_t rounds(Random& random) {
  std::size_t n = 1;
  while (n < 8 && random.one_in(3)) ++n;
  return n;
}

}  // namespace

std::string mutate_bytes(std::string bytes, std::string_view donor, Random& random) {
  for (std::size_t n = rounds(random); n > 0; --n) change_bytes(bytes, donor, random);
  return bytes;
}

std::string mutate_message(const std::string& bytes, std::string_view donor,
                           const std::vector<std::string>& words, Random& random) {
  auto tree = parse_wire(bytes);
  if (!tree) return mutate_bytes(bytes, donor, random);
  auto other = parse_wire(donor);
  std::vector<WireField> none;
  for (std::size_t n = rounds(random); n > 0; --n)
    change_tree(*tree, other ? *other : none, donor, words, random);
  return serialize_wire(*tree);
}

}  // namespace corecast::fuzz
