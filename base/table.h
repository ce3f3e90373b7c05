// Tables of text in columns.
#pragma once

#include <string>
#include <vector>

namespace corecast {

/// Rows of equal length, the first the header. Columns are padded to their widest cell; `left` says
/// which are aligned to the left, the others are to the right. One line a row, no trailing spaces.
std::string table_text(const std::vector<std::vector<std::string>>& rows,
                       const std::vector<bool>& left);

/// printf's format of one number, always with a decimal point, whatever the locale says.
std::string format_number(const char* format, double value);

}  // namespace corecast
