#include "base/result.h"

namespace corecast {

std::string Error::to_string() const {
  std::string out;
  if (!where.file.empty()) out += where.file + ": ";
  if (!where.node.empty()) out += "node '" + where.node + "'";
  if (!where.op.empty())
    out += (where.node.empty() ? "op " : " (") + where.op + (where.node.empty() ? "" : ")");
  if (!where.node.empty() || !where.op.empty()) out += ": ";
  return out + message;
}

}  // namespace corecast
