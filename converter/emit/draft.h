// Draft: a module while it is imported, and what all its nodes share. A frontend makes one per
// import and hands it to the Emit of every node.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "converter/frontend.h"
#include "ir/builder.h"
#include "ir/module.h"

namespace corecast::emit {

using ir::ValueId;
using Values = std::vector<ValueId>;

/// What is read: for messages, and for the module's own record.
struct Source {
  std::string path;
  std::string_view format;  ///< the frontend's name
  std::string_view remedy;  ///< the help of errors in the model that have none of their own
};

class Draft {
 public:
  Draft(Source source, Diagnostics& diagnostics, Stop stop = {});
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;

  const Source& source() const { return source_; }
  const std::string& path() const { return source_.path; }
  Diagnostics& diagnostics() { return *diagnostics_; }
  ir::Module& module() { return module_; }
  ir::Builder& builder() { return builder_; }
  ir::Function& function() { return builder_.function(); }

  /// Dimensions of inputs that some operator only takes at one size (Emit::require_equal).
  std::map<std::string, std::int64_t, std::less<>>& required_sizes() { return required_sizes_; }

  /// Counts one node. False, and one error (E5001) is recorded, when there are more than any model
  /// has: loops and functions repeat nodes, and a small file could stand for more than memory
  /// holds. False as well, without a word, once a stop is requested.
  bool count_node(const std::string& graph);
  /// Whether count_node says no: nothing more is imported.
  bool exhausted() const { return nodes_ > kMostNodes || stop_.requested(); }

  /// Says of every op added from now on which node it came from: its name, operator and, where
  /// the file records it, Python source.
  void set_location(const Where& node);

  /// A constant that the file stores: folding may make about as many bytes again as all of these.
  ValueId stored(ir::Tensor tensor);
  /// Replaces freshly made results by constants when all operands are constant and it is cheap, or
  /// when shape arithmetic knows them. `results` are the op's, and are changed in place.
  void fold(ir::OpId op, Values& results);

  /// What a trial leaves behind besides ops: taken before it, and put back to undo it.
  struct Mark {
    Diagnostics diagnostics;
    std::map<std::string, std::int64_t, std::less<>> required_sizes;
  };
  Mark mark() const { return {*diagnostics_, required_sizes_}; }
  void rewind(const Mark& mark);

 private:
  static constexpr std::int64_t kMostNodes = 1'000'000;
  bool folds_known(ir::OpId op, Values& results);
  void replace(ir::OpId op, Values& results, ir::Tensors tensors);

  Source source_;
  Diagnostics* diagnostics_;
  Stop stop_;
  ir::Module module_;
  ir::Builder builder_;
  std::map<std::string, std::int64_t, std::less<>> required_sizes_;
  std::int64_t nodes_ = 0;
  std::int64_t folded_bytes_ = 0, weight_bytes_ = 0;
};

/// Runs `once` with `options`; where operators asked for a size of a dimension (require_equal),
/// again with that size fixed, and a note (N2010) says so. `once` fills the draft's module.
/// Errors: those of `once`, with the file's name; E5104, whatever `once` says, when it was stopped.
Result<ir::Module> import_at_required_sizes(
    const Source& source, const converter::ImportOptions& options, Diagnostics& diagnostics,
    const std::function<Status(Draft&, const converter::ImportOptions&)>& once);

}  // namespace corecast::emit
