#include "converter/onnx/wire_scan.h"

#include "base/strings.h"

namespace corecast::onnx {
namespace {

constexpr std::size_t kKeepBelow = 256;  // smaller tensors are not worth a detour
constexpr int kMaxDepth = 100;

enum class Message : std::uint8_t {
  model,
  graph,
  node,
  attribute,
  function,
  sparse,
  tensor,
  opaque
};

// Which message a length-delimited field holds.
Message child(Message parent, std::uint64_t field) {
  switch (parent) {
    case Message::model:
      return field == 7 ? Message::graph : field == 25 ? Message::function : Message::opaque;
    case Message::graph:
      return field == 1    ? Message::node
             : field == 5  ? Message::tensor
             : field == 15 ? Message::sparse
                           : Message::opaque;
    case Message::node: return field == 5 ? Message::attribute : Message::opaque;
    case Message::attribute:
      return field == 5 || field == 10    ? Message::tensor
             : field == 6 || field == 11  ? Message::graph
             : field == 22 || field == 23 ? Message::sparse
                                          : Message::opaque;
    case Message::function: return field == 7 ? Message::node : Message::opaque;
    case Message::sparse: return field == 1 || field == 2 ? Message::tensor : Message::opaque;
    default: return Message::opaque;
  }
}

void put_varint(std::string& out, std::uint64_t v) {
  while (v >= 0x80) {
    out += static_cast<char>((v & 0x7f) | 0x80);
    v >>= 7;
  }
  out += static_cast<char>(v);
}

void put_string(std::string& out, std::uint64_t field, std::string_view text) {
  put_varint(out, field << 3 | 2);
  put_varint(out, text.size());
  out += text;
}

class Scanner {
 public:
  Scanner(ByteView file, Stop stop) : file_(file), stop_(stop) {}

  // Copies message [begin, end) of the file to `out`, without large raw_data.
  Status scan(Message kind, std::size_t begin, std::size_t end, int depth, std::string& out) {
    if (depth > kMaxDepth) {
      return Error(Code::E5001, cat("graphs are nested more than ", kMaxDepth, " deep"));
    }
    std::size_t pos = begin;
    std::size_t copied = begin;  // everything before is in `out`
    const auto flush = [&](std::size_t until) {
      out += as_chars(file_.subspan(copied, until - copied));
    };
    while (pos < end) {
      if (stop_.requested()) return interrupted_error();
      const std::size_t field_begin = pos;
      std::uint64_t tag;
      if (!varint(pos, end, tag)) return malformed(pos);
      const std::uint64_t field = tag >> 3;
      switch (tag & 7) {
        case 0: {
          std::uint64_t ignored;
          if (!varint(pos, end, ignored)) return malformed(pos);
          break;
        }
        case 1:
          if (end - pos < 8) return malformed(pos);
          pos += 8;
          break;
        case 5:
          if (end - pos < 4) return malformed(pos);
          pos += 4;
          break;
        case 2: {
          std::uint64_t size;
          if (!varint(pos, end, size) || size > end - pos) return malformed(pos);
          const std::size_t payload = pos;
          pos += static_cast<std::size_t>(size);
          if (kind == Message::tensor && field == 9 && size >= kKeepBelow) {
            flush(field_begin);
            copied = pos;
            std::string entry;
            put_string(entry, 1, kMappedKey);
            put_string(entry, 2, cat(payload, ",", size));
            put_string(out, 13, entry);
          } else if (const Message inner = child(kind, field);
                     inner != Message::opaque && size >= kKeepBelow) {
            flush(field_begin);
            copied = pos;
            std::string body;
            TRY_VOID(scan(inner, payload, pos, depth + 1, body));
            put_string(out, field, body);
          }
          break;
        }
        default: return malformed(pos);
      }
    }
    flush(end);
    return {};
  }

 private:
  bool varint(std::size_t& pos, std::size_t end, std::uint64_t& value) const {
    value = 0;
    for (int shift = 0; shift < 64 && pos < end; shift += 7) {
      const auto byte = std::to_integer<std::uint64_t>(file_[pos++]);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }
  static Error malformed(std::size_t pos) {
    return Error(
        Code::E2002, cat("not a readable ONNX file: malformed data near byte ", pos),
        "the file may be truncated, or not be ONNX at all; try downloading or exporting it again");
  }

  ByteView file_;
  Stop stop_;
};

}  // namespace

Result<std::string> strip_weights(ByteView file, Stop stop) {
  std::string out;
  TRY_VOID(Scanner(file, stop).scan(Message::model, 0, file.size(), 0, out));
  return out;
}

}  // namespace corecast::onnx
