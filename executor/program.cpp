#include "executor/program.h"

#include "base/strings.h"
#include "executor/engine.h"

namespace corecast::executor {

namespace {

std::int64_t plain_bytes(ir::DType storage, const std::vector<std::int64_t>& dims) {
  if (storage == ir::DType::string) return 0;
  std::int64_t count = 1;
  for (const auto d : dims) count *= d;
  return static_cast<std::int64_t>(*ir::packed_bytes(storage, count));
}

std::string name_of(SlotId s) { return s ? cat("s", s.raw) : std::string("-"); }

std::string list(std::string_view what, const std::vector<SlotId>& slots) {
  std::string out;
  for (const SlotId s : slots) out += cat(" ", name_of(s));
  return out.empty() ? out : cat(" ", what, out);
}

std::string where_of(const Slot& s) {
  switch (s.where) {
    case Where::input: return "input";
    case Where::constant: return "constant";
    case Where::arena: return "arena";
    case Where::view: return cat("view of ", name_of(s.root));
    case Where::heap: return "heap";
  }
  CC_UNREACHABLE("place of a slot");
}

std::string line_of(const Slot& s, const ir::Function& f) {
  if (!s.value) return cat("workspace ", s.bytes, " B");
  const std::string& name = f.value(s.value).name;
  return cat("%", name.empty() ? cat(s.value.raw) : name, " ", ir::name_of(s.dtype), "[",
             s.shaped ? join(s.dims, ",") : "?", "] ", s.layout == &kPlain ? "" : s.layout->name,
             s.layout == &kPlain ? "" : " ", where_of(s));
}

std::string line_of(const Step& s) {
  std::string out = s.engine ? cat(s.engine->name(), ".", s.engine->kernel_name(s.kernel), " ",
                                   s.arguments.size(), " B")
                             : std::string("room");
  out += list("reads", s.reads) + list("writes", s.writes);
  if (s.in_place) out += cat(" may reuse ", name_of(s.in_place));
  return out + list("rounds", s.rounds);
}

}  // namespace

const Layout kPlain{"plain", plain_bytes};

std::string to_text(const Program& program, const ir::Function& f) {
  std::string out;
  for (std::uint32_t i = 0; i < program.slots.size(); ++i)
    out += cat(name_of(SlotId(i)), " ", line_of(program.slots[i], f), "\n");
  for (const Step& step : program.steps) out += line_of(step) + "\n";
  return out;
}

}  // namespace corecast::executor
