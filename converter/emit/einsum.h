// einsum with letters and an ellipsis, as matrix products where the letters allow it.
#pragma once

#include "converter/emit/emit.h"

namespace corecast::emit {

/// What `equation` ("bij,bjk->bik", "...ij->...ji", implicit "ij,jk") makes of the operands, in the
/// element type of the first. Two operands at a time become one matmul when each group of letters
/// (shared and kept, of one side only, summed) is at most one dimension; larger groups multiply and
/// sum, which costs memory but is always right.
/// Problems: an equation that does not fit the ranks; one that takes a diagonal.
ValueId einsum(Emit& e, const std::string& equation, const Values& operands);

}  // namespace corecast::emit
