#include "tests/fuzz/seeds.h"
#include "tests/onnx/graph_builder.h"

namespace corecast::fuzz {
namespace {

using namespace onnx_build;
using P = proto::TensorProto;

std::string convolutions() {
  ModelBuilder m;
  m.graph.input("x", {"N", "3", "8", "8"})
      .constant(ramp("w1", {4, 3, 3, 3}))
      .constant(ramp("b1", {4}))
      .constant(ramp("scale", {4}))
      .constant(ramp("w2", {4, 1, 3, 3}))
      .constant(ramp("w3", {4, 2, 2, 2}))
      .constant(ramp("fc", {2, 5}))
      .node("Conv", {"x", "w1", "b1"}, {"c1"},
            {{"pads", Ints{1, 1, 1, 1}}, {"strides", Ints{2, 2}}})
      .node("BatchNormalization", {"c1", "scale", "b1", "b1", "scale"}, {"bn"},
            {{"epsilon", 1e-5f}})
      .node("Relu", {"bn"}, {"r"})
      .node("Conv", {"r", "w2"}, {"dw"}, {{"group", 4}, {"auto_pad", std::string("SAME_UPPER")}})
      .node("Clip", {"dw"}, {"cl"})
      .node("MaxPool", {"cl"}, {"p"},
            {{"kernel_shape", Ints{2, 2}}, {"strides", Ints{2, 2}}, {"ceil_mode", 1}})
      .node("ConvTranspose", {"p", "w3"}, {"t"},
            {{"strides", Ints{2, 2}}, {"output_padding", Ints{1, 1}}})
      .node("AveragePool", {"t"}, {"a"},
            {{"kernel_shape", Ints{2, 2}}, {"pads", Ints{1, 1, 0, 0}}, {"count_include_pad", 1}})
      .node("GlobalAveragePool", {"a"}, {"g"})
      .node("Flatten", {"g"}, {"f"})
      .node("Gemm", {"f", "fc"}, {"y"}, {{"alpha", 0.5f}})
      .output("y");
  return m.bytes();
}

std::string attention() {
  ModelBuilder m;
  m.graph.input("x", {"1", "S", "8"})
      .constant(ramp("wq", {8, 8}))
      .constant(ramp("wk", {8, 8}))
      .constant(ramp("wv", {8, 8}))
      .constant(ramp("g", {8}))
      .constant(ints("heads", {4}, {0, 0, 2, 4}))
      .constant(ints("merged", {3}, {0, 0, 8}))
      .constant(floats("root", {}, {2.0f}))
      .node("LayerNormalization", {"x", "g", "g"}, {"n"}, {{"axis", -1}})
      .node("MatMul", {"n", "wq"}, {"q0"})
      .node("MatMul", {"n", "wk"}, {"k0"})
      .node("MatMul", {"n", "wv"}, {"v0"})
      .node("Reshape", {"q0", "heads"}, {"q1"})
      .node("Reshape", {"k0", "heads"}, {"k1"})
      .node("Reshape", {"v0", "heads"}, {"v1"})
      .node("Transpose", {"q1"}, {"q"}, {{"perm", Ints{0, 2, 1, 3}}})
      .node("Transpose", {"k1"}, {"k"}, {{"perm", Ints{0, 2, 3, 1}}})
      .node("Transpose", {"v1"}, {"v"}, {{"perm", Ints{0, 2, 1, 3}}})
      .node("MatMul", {"q", "k"}, {"s0"})
      .node("Div", {"s0", "root"}, {"s1"})
      .node("Softmax", {"s1"}, {"p"}, {{"axis", -1}})
      .node("MatMul", {"p", "v"}, {"o0"})
      .node("Transpose", {"o0"}, {"o1"}, {{"perm", Ints{0, 2, 1, 3}}})
      .node("Reshape", {"o1", "merged"}, {"o2"})
      .node("Add", {"o2", "x"}, {"o3"})
      .node("Gelu", {"o3"}, {"o4"})
      .node("Erf", {"o4"}, {"y"})
      .output("y");
  m.model.mutable_opset_import(0)->set_version(20);
  return m.bytes();
}

std::string recurrent() {
  ModelBuilder m;
  m.graph.input("x", {"4", "1", "3"})
      .constant(ramp("w", {1, 16, 3}))
      .constant(ramp("r", {1, 16, 4}))
      .constant(ramp("b", {1, 32}))
      .constant(ramp("gw", {2, 12, 4}))
      .constant(ramp("gr", {2, 12, 4}))
      .constant(ramp("rw", {1, 2, 8}))
      .constant(ramp("rr", {1, 2, 2}))
      .constant(ints("dims", {3}, {4, 1, 8}))
      .node("LSTM", {"x", "w", "r", "b"}, {"h", "hn", "cn"}, {{"hidden_size", 4}})
      .node("Squeeze", {"h", "one"}, {"hs"})
      .node("GRU", {"hs", "gw", "gr"}, {"g"},
            {{"hidden_size", 4},
             {"direction", std::string("bidirectional")},
             {"linear_before_reset", 1}})
      .node("Transpose", {"g"}, {"gt"}, {{"perm", Ints{0, 2, 1, 3}}})
      .node("Reshape", {"gt", "dims"}, {"gf"})
      .node("RNN", {"gf", "rw", "rr"}, {"", "y"}, {{"hidden_size", 2}})
      .constant(ints("one", {1}, {1}))
      .output("y")
      .output("cn");
  return m.bytes();
}

std::string quantized() {
  ModelBuilder m(19);
  m.graph.input("x", {"1", "2", "4", "4"})
      .constant(floats("s", {}, {0.02f}))
      .constant(narrow("z", P::UINT8, {}, {128}))
      .constant(narrow("w", P::INT8, {2, 2, 1, 1}, {1, -2, 3, 127}))
      .constant(floats("ws", {2}, {0.1f, 0.2f}))
      .constant(narrow("wz", P::INT8, {2}, {0, 0}))
      .constant(narrow("a", P::UINT8, {4, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}))
      .constant(narrow("bz", P::UINT8, {}, {3}))
      .node("QuantizeLinear", {"x", "s", "z"}, {"q"})
      .node("DequantizeLinear", {"q", "s", "z"}, {"d"})
      .node("DequantizeLinear", {"w", "ws", "wz"}, {"wd"}, {{"axis", 0}})
      .node("Conv", {"d", "wd"}, {"c"})
      .node("QuantizeLinear", {"c", "s", "z"}, {"cq"})
      .node("MatMulInteger", {"cq", "a", "z", "bz"}, {"mi"})
      .node("Cast", {"mi"}, {"mf"}, {{"to", 1}})
      .node("DynamicQuantizeLinear", {"mf"}, {"dq", "ds", "dz"})
      .node("DequantizeLinear", {"dq", "ds", "dz"}, {"y"})
      .output("y");
  return m.bytes();
}

std::string functions() {
  ModelBuilder m;
  m.use_domain("local");
  auto& inner = m.function("Twice", {"a"}, {"b"});
  put("Add", {"a", "a"}, {"b"}, {}, *inner.add_node());
  auto& outer = m.function("Scaled", {"a", "k"}, {"c"});
  outer.add_attribute("axis");
  *outer.add_opset_import() = m.model.opset_import(1);
  put("Twice", {"a"}, {"t"}, {}, *outer.add_node());
  outer.mutable_node(0)->set_domain("local");
  put("Mul", {"t", "k"}, {"u"}, {}, *outer.add_node());
  put("Softmax", {"u"}, {"c"}, {}, *outer.add_node());
  auto& reference = *outer.mutable_node(2)->add_attribute();
  reference.set_name("axis");
  reference.set_ref_attr_name("axis");
  reference.set_type(proto::AttributeProto::INT);
  m.graph.input("x", {"2", "N"})
      .constant(floats("k", {}, {0.5f}))
      .node("Scaled", {"x", "k"}, {"y"}, {{"axis", 1}}, "local")
      .node("Twice", {"y"}, {"z"}, {}, "local")
      .node("Celu", {"z"}, {"u"}, {{"alpha", 2.0f}})
      .node("MeanVarianceNormalization", {"x4"}, {"mv"})
      .node("Unsqueeze", {"u", "axes"}, {"x4"})
      .constant(ints("axes", {2}, {0, 3}))
      .output("z")
      .output("u");
  // The node that needs x4 comes after the one that makes it.
  m.graph.proto().mutable_node()->SwapElements(3, 4);
  m.graph.output("mv");
  return m.bytes();
}

std::string norms() {
  ModelBuilder m(21);
  m.graph.input("x", {"2", "4", "5"})
      .constant(ramp("g", {4}))
      .constant(ramp("g2", {4}))
      .node("InstanceNormalization", {"x", "g", "g2"}, {"a"})
      .node("GroupNormalization", {"a", "g", "g2"}, {"b"}, {{"num_groups", 2}})
      .node("LRN", {"b"}, {"c"}, {{"size", 3}, {"alpha", 0.01f}})
      .node("LpNormalization", {"c"}, {"d"}, {{"axis", 1}, {"p", 2}})
      .node("LogSoftmax", {"d"}, {"e"}, {{"axis", 2}})
      .node("PRelu", {"e", "slope"}, {"f"})
      .constant(ramp("slope", {4, 1}))
      .node("HardSwish", {"f"}, {"h"})
      .node("Mish", {"h"}, {"i"})
      .node("Softplus", {"i"}, {"j"})
      .node("Dropout", {"j"}, {"k", "mask"})
      .node("Einsum", {"k", "k"}, {"y"}, {{"equation", std::string("abc,adc->abd")}})
      .output("y");
  return m.bytes();
}

}  // namespace

std::vector<Seed> network_seeds() {
  return {{"convolutions", convolutions()}, {"attention", attention()}, {"recurrent", recurrent()},
          {"quantised", quantized()},       {"functions", functions()}, {"norms", norms()}};
}

}  // namespace corecast::fuzz
