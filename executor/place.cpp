// Where the slots of a program live.
#include <algorithm>

#include "executor/arena.h"
#include "executor/program.h"

namespace corecast::executor {

namespace {

/// Per slot that owns bytes: from the first step that touches it, or a view of it, to the last.
std::vector<Lifetime> lifetimes(const Program& p) {
  const auto steps = static_cast<std::int32_t>(p.steps.size());
  std::vector<Lifetime> life(p.slots.size(), Lifetime{0, steps, -1});
  auto touch = [&](const std::vector<SlotId>& slots, std::int32_t at) {
    for (const SlotId s : slots) {
      if (!s) continue;
      Lifetime& l = life[p.root_of(s).index()];
      l.first = std::min(l.first, at);
      l.last = std::max(l.last, at);
    }
  };
  for (std::int32_t i = 0; i < steps; ++i) {
    touch(p.steps[static_cast<std::size_t>(i)].reads, i);
    touch(p.steps[static_cast<std::size_t>(i)].writes, i);
  }
  touch(p.outputs, steps);
  return life;
}

/// Whether the step's output may take over the bytes of `from`, which it reads: they die here.
bool dies_into(const Program& p, const Step& step, SlotId from, const Lifetime& life,
               std::int32_t at) {
  const Slot& a = p.slot(from);
  const Slot& b = p.slot(step.writes[0]);
  if (a.where != Where::arena || b.where != Where::arena || a.bytes != b.bytes) return false;
  if (life.last != at) return false;
  // Read in another role too (conv(x) + x): then the output must not touch it.
  return std::count_if(step.reads.begin(), step.reads.end(),
                       [&](SlotId s) { return s && p.root_of(s) == from; }) == 1;
}

void reuse_in_place(Program& p, std::vector<Lifetime>& life) {
  for (std::size_t i = 0; i < p.steps.size(); ++i) {
    const Step& step = p.steps[i];
    if (!step.in_place || step.writes.empty()) continue;
    const SlotId from = p.root_of(step.in_place);
    const SlotId to = step.writes[0];
    if (!dies_into(p, step, from, life[from.index()], static_cast<std::int32_t>(i))) continue;
    // `to` becomes a view, and with it everything that was a view of `to`.
    p.slot(to).where = Where::view;
    p.slot(to).root = from;
    life[from.index()].last = life[to.index()].last;
    p.views[from.index()].push_back(to);
    auto& moved = p.views[to.index()];
    p.views[from.index()].insert(p.views[from.index()].end(), moved.begin(), moved.end());
    moved.clear();
  }
}

void lay_out(Program& p, std::vector<Lifetime>& life) {
  std::vector<Lifetime> arena;
  std::vector<std::size_t> owner;
  for (std::size_t i = 0; i < p.slots.size(); ++i) {
    if (p.slots[i].where != Where::arena || life[i].last < 0) continue;
    life[i].bytes = p.slots[i].bytes;
    arena.push_back(life[i]);
    owner.push_back(i);
  }
  const ArenaLayout layout = plan_arena(arena);
  for (std::size_t i = 0; i < owner.size(); ++i) p.slots[owner[i]].offset = layout.offsets[i];
  p.arena_bytes = layout.bytes;
  p.live_bytes = layout.live;
}

}  // namespace

void place(Program& p) {
  p.views.assign(p.slots.size(), {});
  for (std::uint32_t i = 0; i < p.slots.size(); ++i)
    if (p.slots[i].where == Where::view) p.views[p.root_of(SlotId(i)).index()].push_back(SlotId(i));
  std::vector<Lifetime> life = lifetimes(p);
  reuse_in_place(p, life);
  lay_out(p, life);
  const auto steps = static_cast<std::int32_t>(p.steps.size());
  for (std::uint32_t i = 0; i < p.slots.size(); ++i)
    if (p.slots[i].where == Where::heap && life[i].last >= 0 && life[i].last < steps)
      p.steps[static_cast<std::size_t>(life[i].last)].release.push_back(SlotId(i));
}

}  // namespace corecast::executor
