#include <algorithm>
#include <filesystem>
#include <fstream>

#include "converter/frontend.h"

// The table declares what it needs: a row needs no line here.
#define FRONTEND(folder)                           \
  namespace corecast::folder {                     \
  const corecast::converter::Frontend& frontend(); \
  }
#include "converter/frontends.def"
#undef FRONTEND

namespace corecast::converter {

const char* name_of(Support support) {
  switch (support) {
    case Support::none: return "no";
    case Support::row: return "yes";
    case Support::function: return "by its function body";
  }
  CC_UNREACHABLE("support");
}

const Frontends& frontends() {
  static const Frontends all = {
#define FRONTEND(folder) &corecast::folder::frontend(),
#include "converter/frontends.def"
#undef FRONTEND
  };
  return all;
}

namespace {

/// The first bytes of a file; none of a folder, or of what cannot be opened.
std::vector<std::byte> head_of(const std::string& path) {
  std::vector<std::byte> head(4096);
  std::error_code ec;
  if (!std::filesystem::is_regular_file(path, ec)) return {};
  std::ifstream in(path, std::ios::binary);
  in.read(reinterpret_cast<char*>(head.data()), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  return head;
}

}  // namespace

const Frontend& frontend_of(const std::string& path, const Frontends& more) {
  const std::vector<std::byte> head = head_of(path);
  for (const Frontends* rows : {&more, &frontends()}) {
    for (const Frontend* row : *rows) {
      if (row->sniff(path, head)) return *row;
    }
  }
  return *frontends().back();
}

}  // namespace corecast::converter
