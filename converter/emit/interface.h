// A model's inputs and outputs: what the file declares, and what the user says instead.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "converter/emit/draft.h"

namespace corecast::emit {

/// A size as a file declares it: a number, else a symbol. Equal names are equal sizes; a name
/// without a letter or a digit ("", "?") stands for a size of its own.
struct DeclaredSize {
  std::optional<std::int64_t> value;  ///< not negative
  std::string name;
};

struct DeclaredInput {
  std::string name;
  std::string description;
  ir::DType dtype;
  std::optional<std::vector<DeclaredSize>> shape;  ///< empty: the file does not say
};

/// The inputs of a draft's main function: declared one after the other, then added together, since
/// a size that the user fixes at one input is fixed at all.
class Inputs {
 public:
  /// `graph` is the name of the graph in messages.
  Inputs(Draft& draft, const converter::ImportOptions& options, std::string graph)
      : draft_(draft), options_(options), graph_(std::move(graph)) {}

  /// E1002 for an option that names none of `names`, the model's inputs.
  Status check_names(const std::vector<std::string>& names) const;
  /// Errors: E2006 no shape declared or given; E3002 a rank or size beyond what is read; E1002 a
  /// given shape that does not fit the declared one.
  Status declare(DeclaredInput input);
  /// Adds an argument, or the constant that the user gives, for every input: their values, in the
  /// order of declare(). Arguments get the inputs' names; constants have none.
  /// Errors: E1002 a value of the wrong rank.
  Result<Values> add();

 private:
  Result<ir::Shape> declared_shape(const DeclaredInput& input);
  std::string symbol_for(const std::string& name);
  Error problem(Code code, std::string message, std::string help = {}) const;

  Draft& draft_;
  const converter::ImportOptions& options_;
  std::string graph_;
  std::vector<std::pair<DeclaredInput, ir::Type>> inputs_;
  std::map<std::string, std::string> symbols_;  ///< by the file's name of the size
  std::map<std::string, ir::Dim, std::less<>> fixed_;
};

/// Makes `own`, or the values that the user names instead, the outputs. `find` gives the value of a
/// name, or null; an empty id is a value whose node failed.
/// Errors: E2005 no outputs, one named twice, one that no node computes; E1002 when the user named
/// it.
Status set_outputs(Draft& draft, const converter::ImportOptions& options, const std::string& graph,
                   std::vector<std::string> own,
                   const std::function<const ValueId*(const std::string&)>& find);

}  // namespace corecast::emit
