#include "base/table.h"

#include <algorithm>
#include <cstdio>

#include "base/strings.h"

namespace corecast {
namespace {

/// Columns on a terminal: bytes that do not continue a UTF-8 sequence.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

}  // namespace

std::string table_text(const std::vector<std::vector<std::string>>& rows,
                       const std::vector<bool>& left) {
  if (rows.empty()) return {};
  std::vector<std::size_t> width(rows[0].size(), 0);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) width[i] = std::max(width[i], width_of(row[i]));
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string space(width[i] - width_of(row[i]), ' ');
      line += left[i] ? row[i] + space : space + row[i];
      line += "  ";
    }
    out += std::string(trim(line)) + "\n";
  }
  return out;
}

std::string format_number(const char* format, double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, format, value);
  // printf follows the locale's decimal point; tables do not.
  for (char* p = buffer; *p; ++p) {
    if (*p == ',') *p = '.';
  }
  return buffer;
}

}  // namespace corecast
