#include "tests/fuzz/seeds.h"
#include "tests/onnx/graph_builder.h"

namespace corecast::fuzz {
namespace {

using namespace onnx_build;
using P = proto::TensorProto;

std::string shapes() {
  ModelBuilder m;
  m.graph.input("x", {"N", "4", "6"})
      .constant(ints("zero", {}, {0}))
      .constant(ints("axes0", {1}, {0}))
      .constant(ints("rest", {2}, {-1, 3}))
      .constant(ints("starts", {2}, {1, -3}))
      .constant(ints("ends", {2}, {4, 100}))
      .constant(ints("at", {2}, {1, 2}))
      .constant(ints("steps", {2}, {2, 1}))
      .constant(ints("sizes", {2}, {1, 3}))
      .constant(ints("repeats", {3}, {1, 2, 1}))
      .constant(ints("two", {}, {2}))
      .node("Shape", {"x"}, {"sh"})
      .node("Gather", {"sh", "zero"}, {"n"})
      .node("Mul", {"n", "two"}, {"n2"})
      .node("Unsqueeze", {"n2", "axes0"}, {"n1"})
      .node("Concat", {"n1", "rest"}, {"to"}, {{"axis", 0}})
      .node("Reshape", {"x", "to"}, {"r"})
      .node("Slice", {"x", "starts", "ends", "at", "steps"}, {"sl"})
      .node("Split", {"x", "sizes"}, {"s1", "s2"}, {{"axis", 1}})
      .node("Tile", {"s1", "repeats"}, {"ti"})
      .node("Transpose", {"ti"}, {"tr"}, {{"perm", Ints{2, 0, 1}}})
      .node("Expand", {"s1", "to3"}, {"ex"})
      .constant(ints("to3", {3}, {1, 2, 6}))
      .node("Shape", {"r"}, {"rsh"})
      .node("ConstantOfShape", {"rsh"}, {"cs"}, {{"value", floats("v", {1}, {2.0f})}})
      .node("Add", {"r", "cs"}, {"sum"})
      .node("Range", {"zero", "n2", "two"}, {"ra"})
      .node("Size", {"x"}, {"si"})
      .node("Squeeze", {"s1", "one"}, {"sq"})
      .constant(ints("one", {1}, {1}))
      .node("Flatten", {"x"}, {"fl"}, {{"axis", 2}})
      .output("sum")
      .output("sl")
      .output("tr")
      .output("ex")
      .output("ra", {"*"}, P::INT64)
      .output("si", {"*"}, P::INT64)
      .output("sq")
      .output("fl");
  return m.bytes();
}

std::string indexing() {
  ModelBuilder m;
  m.graph.input("ids", {"B", "3"}, P::INT64)
      .input("x", {"3", "4"})
      .constant(ramp("table", {10, 4}))
      .constant(ints("i2", {2, 2}, {0, 1, 2, 3}))
      .constant(ints("ie", {3, 4}, {0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2}))
      .constant(ramp("up", {2}))
      .constant(ramp("up34", {3, 4}))
      .constant(ints("k", {1}, {2}))
      .constant(ints("depth", {}, {10}))
      .constant(floats("onoff", {2}, {0.0f, 1.0f}))
      .constant(ints("pads", {4}, {1, 0, -1, 2}))
      .constant(floats("pv", {}, {0.25f}))
      .node("Gather", {"table", "ids"}, {"emb"})
      .node("GatherND", {"x", "i2"}, {"gn"})
      .node("ScatterND", {"x", "i2", "up"}, {"sn"})
      .node("GatherElements", {"x", "ie"}, {"ge"}, {{"axis", 0}})
      .node("ScatterElements", {"x", "ie", "up34"}, {"se"},
            {{"axis", 0}, {"reduction", std::string("add")}})
      .node("TopK", {"x", "k"}, {"tv", "tix"}, {{"axis", 1}, {"largest", 0}})
      .node("OneHot", {"ids", "depth", "onoff"}, {"oh"}, {{"axis", 1}})
      .node("Pad", {"x", "pads", "pv"}, {"pd"}, {{"mode", std::string("constant")}})
      .node("ArgMax", {"x"}, {"am"}, {{"axis", 1}, {"keepdims", 0}})
      .node("CumSum", {"x", "ax"}, {"cu"}, {{"reverse", 1}, {"exclusive", 1}})
      .constant(ints("ax", {}, {1}))
      .node("Trilu", {"x"}, {"tl"}, {{"upper", 0}})
      .node("NonZero", {"x"}, {"nz"})
      .node("Compress", {"x", "cond"}, {"co"}, {{"axis", 0}})
      .constant(narrow("cond", P::BOOL, {3}, {1, 0, 1}))
      .node("ReverseSequence", {"x", "lens"}, {"rs"}, {{"batch_axis", 0}, {"time_axis", 1}})
      .constant(ints("lens", {3}, {4, 2, 3}))
      .output("emb")
      .output("gn")
      .output("sn")
      .output("ge")
      .output("se")
      .output("tv")
      .output("tix", {"*"}, P::INT64)
      .output("oh")
      .output("pd")
      .output("am", {"*"}, P::INT64)
      .output("cu")
      .output("tl")
      .output("nz", {"*"}, P::INT64)
      .output("co")
      .output("rs");
  return m.bytes();
}

std::string control_flow() {
  GraphBuilder yes("yes"), no("no"), body("body"), step("step");
  yes.node("Relu", {"x"}, {"t"}).output("t", {"3"});
  no.constant(floats("c", {3}, {1, 2, 3})).node("Mul", {"x", "c"}, {"e"}).output("e", {"3"});
  body.input("i", {}, P::INT64)
      .input("go", {}, P::BOOL)
      .input("acc", {"3"})
      .node("Add", {"acc", "x"}, {"next"})
      .node("Identity", {"go"}, {"again"})
      .node("Identity", {"next"}, {"row"})
      .output("again", {}, P::BOOL)
      .output("next", {"3"})
      .output("row", {"3"});
  step.input("s", {"3"})
      .input("e", {"3"})
      .node("Add", {"s", "e"}, {"s2"})
      .node("Tanh", {"s2"}, {"o"})
      .output("s2", {"3"})
      .output("o", {"3"});
  GraphBuilder flexible("flexible");
  flexible.input("i", {}, P::INT64)
      .input("go", {}, P::BOOL)
      .input("v", {"3"})
      .node("Mul", {"v", "half"}, {"w"})
      .constant(floats("half", {}, {0.5f}))
      .node("Identity", {"go"}, {"more"})
      .output("more", {}, P::BOOL)
      .output("w", {"3"});
  ModelBuilder m;
  m.graph.input("x", {"3"})
      .input("xs", {"2", "3"})
      .input("p", {"1"}, P::BOOL)
      .input("n", {}, P::INT64)
      .constant(ints("trips", {}, {3}))
      .constant(narrow("true", P::BOOL, {}, {1}))
      .node("If", {"p"}, {"y"}, {{"then_branch", yes.proto()}, {"else_branch", no.proto()}})
      .node("Loop", {"trips", "true", "x"}, {"z", "rows"}, {{"body", body.proto()}})
      .node("Scan", {"x", "xs"}, {"last", "all"}, {{"body", step.proto()}, {"num_scan_inputs", 1}})
      .node("Loop", {"n", "", "x"}, {"w"}, {{"body", flexible.proto()}})
      .output("y")
      .output("z")
      .output("rows")
      .output("last")
      .output("all")
      .output("w");
  return m.bytes();
}

std::string reductions() {
  ModelBuilder m;
  m.graph.input("x", {"2", "3", "4"}).constant(ints("axes", {2}, {0, -1}));
  int i = 0;
  Names all;
  for (const char* op :
       {"ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2",
        "ReduceLogSum", "ReduceLogSumExp", "ReduceSumSquare"}) {
    const std::string out = "r" + std::to_string(i);
    m.graph.node(op, {"x", "axes"}, {out}, {{"keepdims", i++ % 2}}).output(out);
  }
  m.graph.node("Softmax", {"x"}, {"s"}, {{"axis", 1}}).node("Hardmax", {"s"}, {"y"}).output("y");
  return m.bytes();
}

std::string resizing() {
  ModelBuilder m;
  m.graph.input("x", {"1", "2", "4", "6"})
      .input("grid", {"1", "3", "3", "2"})
      .constant(floats("scales", {4}, {1, 1, 2, 1.5f}))
      .constant(ints("sizes", {4}, {1, 2, 5, 3}))
      .node("Resize", {"x", "", "scales"}, {"a"},
            {{"mode", std::string("linear")},
             {"coordinate_transformation_mode", std::string("align_corners")}})
      .node("Resize", {"x", "", "", "sizes"}, {"b"},
            {{"mode", std::string("nearest")},
             {"nearest_mode", std::string("floor")},
             {"coordinate_transformation_mode", std::string("asymmetric")}})
      .node("Resize", {"x", "", "", "sizes"}, {"c"}, {{"mode", std::string("cubic")}})
      .node("GridSample", {"x", "grid"}, {"d"}, {{"padding_mode", std::string("border")}})
      .node("DepthToSpace", {"x4"}, {"e"}, {{"blocksize", 2}, {"mode", std::string("CRD")}})
      .node("Concat", {"x", "x"}, {"x4"}, {{"axis", 1}})
      .node("SpaceToDepth", {"x"}, {"f"}, {{"blocksize", 2}})
      .node("Pad", {"x", "pads"}, {"g"}, {{"mode", std::string("reflect")}})
      .constant(ints("pads", {8}, {0, 0, 1, 2, 0, 0, 1, 2}))
      .output("a")
      .output("b")
      .output("c")
      .output("d")
      .output("e")
      .output("f")
      .output("g");
  m.graph.proto().mutable_node()->SwapElements(4, 5);
  return m.bytes();
}

std::string elements() {
  ModelBuilder m;
  m.graph.input("x", {"2", "3"})
      .input("i", {"2", "3"}, P::INT32)
      .input("u", {"2", "3"}, P::UINT8)
      .input("b", {"3"}, P::BOOL)
      .input("h", {"2", "3"}, P::FLOAT16)
      .constant(narrow("three", P::INT32, {}, {3}))
      .constant(narrow("sh", P::UINT8, {}, {2}))
      .constant(floats("half", {1, 3}, {0.5f, 1.5f, -2.0f}))
      .node("Mod", {"i", "three"}, {"m"})
      .node("Div", {"i", "three"}, {"d"})
      .node("Pow", {"x", "three"}, {"pw"})
      .node("BitShift", {"u", "sh"}, {"bs"}, {{"direction", std::string("LEFT")}})
      .node("Where", {"b", "x", "half"}, {"wh"})
      .node("Not", {"b"}, {"nb"})
      .node("Cast", {"nb"}, {"nf"}, {{"to", 1}})
      .node("Greater", {"x", "half"}, {"gr"})
      .node("And", {"gr", "nb"}, {"an"})
      .node("Cast", {"h"}, {"hf"}, {{"to", 1}})
      .node("Max", {"x", "half", "hf"}, {"mx"})
      .node("Sum", {"x", "half", "nf"}, {"su"})
      .node("Sqrt", {"x"}, {"sq"})
      .node("Reciprocal", {"sq"}, {"rc"})
      .node("Floor", {"rc"}, {"fl"})
      .node("Sign", {"fl"}, {"sg"})
      .node("Sin", {"sg"}, {"si"})
      .node("IsNaN", {"si"}, {"na"})
      .node("Elu", {"x"}, {"el"}, {{"alpha", 1.5f}})
      .node("Selu", {"el"}, {"se"})
      .node("HardSigmoid", {"se"}, {"hs"})
      .node("ThresholdedRelu", {"hs"}, {"tr"})
      .node("Cast", {"x"}, {"xi"}, {{"to", P::INT64}})
      .output("m", {"*"}, P::INT32)
      .output("d", {"*"}, P::INT32)
      .output("pw")
      .output("bs", {"*"}, P::UINT8)
      .output("wh")
      .output("an", {"*"}, P::BOOL)
      .output("mx")
      .output("su")
      .output("na", {"*"}, P::BOOL)
      .output("tr")
      .output("xi", {"*"}, P::INT64);
  return m.bytes();
}

std::string boxes() {
  ModelBuilder m;
  m.graph.input("boxes", {"1", "5", "4"})
      .input("scores", {"1", "2", "5"})
      .constant(ints("most", {1}, {3}))
      .constant(floats("iou", {1}, {0.5f}))
      .constant(floats("score", {1}, {0.1f}))
      .node("NonMaxSuppression", {"boxes", "scores", "most", "iou", "score"}, {"sel"})
      .node("Gather", {"sel", "cols"}, {"y"}, {{"axis", 1}})
      .constant(ints("cols", {1}, {2}))
      .output("y", {"*"}, P::INT64);
  return m.bytes();
}

std::string random_tensors() {
  ModelBuilder m;
  m.graph.input("x", {"2", "3"})
      .node("RandomNormal", {}, {"n"}, {{"shape", Ints{2, 3}}, {"seed", 1.0f}})
      .node("RandomUniformLike", {"x"}, {"u"}, {{"low", -1.0f}, {"high", 2.0f}})
      .node("EyeLike", {"x"}, {"e"}, {{"k", 1}})
      .node("Sum", {"n", "u", "e", "x"}, {"y"})
      .node("Constant", {}, {"c"}, {{"value", floats("v", {3}, {1, 2, 3})}})
      .node("Mul", {"y", "c"}, {"z"})
      .output("z");
  return m.bytes();
}

}  // namespace

std::vector<Seed> operator_seeds() {
  return {
      {"shapes", shapes()},         {"indexing", indexing()},    {"control_flow", control_flow()},
      {"reductions", reductions()}, {"resizing", resizing()},    {"elements", elements()},
      {"boxes", boxes()},           {"random", random_tensors()}};
}

std::vector<std::string> operator_names() {
  return {
#define ONNX(domain, type, ...) #type,
#include "converter/onnx/onnx_ops.def"
#undef ONNX
      "Bernoulli",
      "BlackmanWindow",
      "CenterCropPad",
      "ClipUnused",
      "DFT",
      "Function",
      "GroupNorm",
      "HammingWindow",
      "LayerNorm",
      "MelWeightMatrix",
      "NegativeLogLikelihoodLoss",
      "RMSNormalization",
      "RotaryEmbedding",
      "SequenceMap",
      "SoftmaxCrossEntropyLoss",
      "Attention",
      "AffineGrid",
      "float32",
      "main",
      "x",
      "y"};
}

}  // namespace corecast::fuzz
