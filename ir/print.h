// The text form of the IR. It is total: what prints parses back (ir/parse.h), and printing again
// gives the same text.
//
//   metadata {author="Ada", user={"k"="v"}}
//   state "cache" : state<f16[1,8]>
//   func @main(%x: f32[N,3] {image=rgb}) opset ios17 with N=1..512 {
//     %0 = const dense<i32[2]: 1, 0>
//     %y = transpose(x=%x) {perm=[1,0]} : f32[3,N] @"mlp/t":"Transpose"
//     %z = cond(pred=%p) : f32[2] {
//       true_branch() {
//         yield %a
//       }
//       false_branch() {
//         yield %b
//       }
//     }
//     return %y, %z {name="out"}
//   }
//
// - A value is named after its source name: `%conv1`, quoted when it is no identifier: `%"a/b:0"`.
// A
//   second value of that name is `%conv1#2`; one without a name is a number.
// - A constant stands before its first use and is visible in the whole function. Small ones are
// written
//   out (`dense`), equal elements once (`splat<f32[64]: 0.5>`), others by content hash
//   (`ref<f32[64,3,3,3]: 0123456789abcdef>`), to be looked up in a table. The parser also takes
//   `seq<f32[2,3]: 0, 0.5>`: first element and step. A float that is no number prints as nan, inf
//   or -inf; other NaN payloads and the codes of 4- and 8-bit floats print as hexadecimal bits.
// - Attributes equal to their default, and features that say no more than name and type, are
// omitted.
#pragma once

#include <map>
#include <string>

#include "ir/module.h"

namespace corecast::ir {

/// Tensors by Tensor::hash().
using TensorTable = std::map<std::uint64_t, Tensor>;

struct PrintOptions {
  std::int64_t dense_limit = 16;  ///< constants with more elements print as ref
  bool locations = true;
  TensorTable* references = nullptr;  ///< receives every tensor that was printed as ref
};

std::string print(const Module& module, const PrintOptions& options = {});
std::string print(const Function& function, const PrintOptions& options = {});
/// One op without its blocks, for messages: `%y = relu(x=%x) : f32[3]`.
std::string print(const Function& function, OpId op);
/// `dense<i32[2]: 1, 0>`.
std::string print(const Tensor& tensor, const PrintOptions& options = {});

}  // namespace corecast::ir
