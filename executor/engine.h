// Engine: who runs the steps of a plan. An engine says how values are kept, makes the steps of the
// ops that it has kernels for, and runs them. Everything else is common to all engines: types,
// slots, lifetimes, the arena, specialisation, and the rooms, which compute what no engine takes.
//
// A plan has a list of engines: the one asked for, then those that take the ops it declines. The
// first one decides storage and makes the arena; all reach the same bytes, so that steps of several
// engines follow each other in one program.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "executor/plan.h"
#include "executor/step.h"
#include "ir/tensor.h"

namespace corecast::executor {

class Frame;
class Lowering;

/// Memory that an engine's steps and the host both reach at this address.
class MemoryBlock {
 public:
  virtual ~MemoryBlock() = default;
  virtual std::byte* data() = 0;
};

class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::string_view name() const = 0;

  // --- storage -------------------------------------------------------------------------------
  /// The element type in which a value of this declared type is kept.
  virtual ir::DType storage(ir::DType declared) const = 0;
  /// Whether floats of this declared type are rounded to fp16 wherever they are made; only where
  /// storage() is f32.
  virtual bool rounds(ir::DType declared) const = 0;
  /// A tensor as steps read it: in its storage type, and rounded where the precision asks for it.
  /// Nothing is copied when nothing changes.
  virtual ir::Tensor stored(const ir::Tensor& t, ir::DType declared) = 0;
  virtual std::shared_ptr<MemoryBlock> allocate(std::int64_t bytes) = 0;

  // --- lowering ------------------------------------------------------------------------------
  /// Adds the step of l.op(), or declines: false, and nothing was made.
  virtual bool lower(Lowering& l) = 0;
  /// Adds a step that copies a value between kPlain and a layout of this engine; false: neither
  /// slot's layout is this engine's.
  virtual bool convert(Lowering& l, SlotId from, SlotId to) = 0;

  // --- running -------------------------------------------------------------------------------
  virtual std::string_view kernel_name(KernelId kernel) const = 0;
  /// Runs a step of this engine, and rounds what it lists, or puts it on the way: steps of one
  /// engine see each other's results in order. Error E2101: the data violate the op's contract.
  virtual Status run(const Step& step, Frame& frame) = 0;
  /// Waits for what is on the way: the host, or another engine, is about to look.
  virtual Status finish() { return {}; }
};

/// An engine and those that its plans fall back on, in this order.
using Engines = std::vector<std::unique_ptr<Engine>>;

/// What is known of an engine without using it.
struct EngineInfo {
  bool available = false;
  std::string why_not;               ///< unless available
  std::vector<std::string> devices;  ///< what it would run on, for people
};

/// A row of the list of engines.
struct EngineEntry {
  const char* name;
  EngineInfo (*info)();
  /// Precondition: info().available.
  Result<Engines> (*make)(const Options& options);
};

/// The engines that can be asked for by name, the default one first; not all of them are here.
std::span<const EngineEntry> engine_list();
/// Null: there is none of this name.
const EngineEntry* find_engine(std::string_view name);
/// E4006 when the engine is not here.
Status check_available(const EngineEntry& engine);
/// Errors: E4006.
Result<Engines> make_engines(const Options& options);

/// The row of the engine in cpu/.
EngineEntry cpu_entry();

}  // namespace corecast::executor
