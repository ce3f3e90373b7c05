// The expansions of Core ML, and what they all use (passes/expand/site.h).
#pragma once

#include "passes/expand/expand.h"
#include "passes/refresh.h"

namespace corecast::coreml::legal {

using ir::Dim;
using ir::DType;
using ir::OpId;
using ir::OpKind;
using ir::Shape;
using ir::Tensor;
using ir::Type;
using ir::ValueId;
using passes::become_constants;
using passes::binary;
using passes::Expansions;
using passes::Ints;
using passes::PassContext;
using passes::Problems;
using passes::redirect;
using passes::refresh_all;
using passes::refresh_users;
using passes::Site;
using passes::take_place;
using passes::Values;

void add_elementwise(Expansions& out);
void add_bitwise(Expansions& out);
void add_activations(Expansions& out);
void add_norms(Expansions& out);
void add_broadcasts(Expansions& out);
void add_resizes(Expansions& out);
void add_convolutions(Expansions& out);
void add_pools(Expansions& out);
void add_linear_algebra(Expansions& out);
void add_einsum(Expansions& out);
void add_attention(Expansions& out);
void add_recurrent(Expansions& out);
void add_reductions(Expansions& out);
void add_shapes(Expansions& out);
void add_wrapped_indices(Expansions& out);
void add_indexing(Expansions& out);
void add_images(Expansions& out);
void add_random(Expansions& out);

}  // namespace corecast::coreml::legal
