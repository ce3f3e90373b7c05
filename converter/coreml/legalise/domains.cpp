#include "converter/coreml/legalise/domains.h"

#include <algorithm>
#include <map>

#include "base/strings.h"
#include "ops/elementwise/elementwise_binary.h"
#include "ops/shape/pad.h"

namespace corecast::coreml::legal {
namespace {

constexpr DomainRow kRows[] = {
#define ROW(Kind, domain, operands) {OpKind::Kind, Domain::domain, operands},
    // arithmetic
    ROW(Abs, numbers, "x") ROW(Add, numbers, "x,y") ROW(Exp2, numbers, "x")
        ROW(FloorDiv, numbers, "x,y") ROW(Maximum, numbers, "x,y") ROW(Minimum, numbers, "x,y")
            ROW(Mod, numbers, "x,y") ROW(Mul, numbers, "x,y") ROW(Pow, numbers, "x,y")
                ROW(RealDiv, numbers, "x,y") ROW(Sign, numbers, "x") ROW(Square, numbers, "x")
                    ROW(Sub, numbers, "x,y") ROW(Threshold, numbers, "x") ROW(Equal, numbers, "x,y")
                        ROW(NotEqual, numbers, "x,y") ROW(Less, numbers, "x,y")
                            ROW(LessEqual, numbers, "x,y") ROW(Greater, numbers, "x,y")
                                ROW(GreaterEqual, numbers, "x,y") ROW(Clip, floats, "x")
                                    ROW(Ceil, floats, "x") ROW(Floor, floats, "x")
                                        ROW(Round, floats, "x") ROW(Relu, floats, "x")
                                            ROW(Relu6, floats, "x") ROW(Erf, floats, "x")
                                                ROW(Sqrt, floats, "x")
    // along axes
    ROW(Argsort, numbers, "x") ROW(Cumsum, numbers, "x") ROW(Topk, numbers, "x")
        ROW(Softmax, floats, "x") ROW(ReduceArgmax, numbers, "x") ROW(ReduceArgmin, numbers, "x")
            ROW(ReduceL1Norm, numbers, "x") ROW(ReduceL2Norm, numbers, "x")
                ROW(ReduceLogSum, numbers, "x") ROW(ReduceLogSumExp, numbers, "x")
                    ROW(ReduceMax, numbers, "x") ROW(ReduceMean, numbers, "x")
                        ROW(ReduceMin, numbers, "x") ROW(ReduceProd, numbers, "x")
                            ROW(ReduceSum, numbers, "x") ROW(ReduceSumSquare, numbers, "x")
    // linear algebra and windows
    ROW(Linear, numbers, "x,weight,bias") ROW(Matmul, numbers, "x,y") ROW(Einsum, floats, "values")
        ROW(Conv, floats, "x,weight,bias") ROW(ConvTranspose, floats, "x,weight,bias")
            ROW(AvgPool, floats, "x") ROW(MaxPool, floats, "x") ROW(L2Pool, floats, "x")
    // data movement
    ROW(BandPart, any, "x") ROW(BatchToSpace, floats, "x") ROW(SpaceToBatch, floats, "x") ROW(
        Concat, any, "values") ROW(Crop, floats, "x") ROW(DepthToSpace, floats, "x")
        ROW(SpaceToDepth, floats, "x") ROW(PixelShuffle, floats, "x") ROW(
            PixelUnshuffle, floats, "x") ROW(ExpandDims, any, "x") ROW(Fill, any, "value")
            ROW(FillLike, any, "ref_tensor,value") ROW(Flatten2d, any, "x") ROW(
                Gather, numbers, "x") ROW(GatherAlongAxis, numbers, "x") ROW(GatherNd, numbers, "x")
                ROW(NonZero, any, "x") ROW(OneHot, any, "on_value,off_value") ROW(Pad, floats, "x")
                    ROW(Range1d, numbers, "end,start,step") ROW(Reshape, any, "x")
                        ROW(ReshapeLike, any, "x") ROW(Reverse, any, "x")
                            ROW(ReverseSequence, any, "x") ROW(Scatter, numbers, "data,updates")
                                ROW(ScatterAlongAxis, numbers, "data,updates")
                                    ROW(ScatterNd, numbers, "data,updates") ROW(Select, any, "a,b")
                                        ROW(ShapeOf, any, "x") ROW(SliceByIndex, any, "x") ROW(
                                            SliceBySize, any, "x") ROW(SliceUpdate, any, "x,update")
                                            ROW(SlidingWindows, numbers, "x") ROW(Split, any, "x")
                                                ROW(Squeeze, any, "x") ROW(Stack, any, "values")
                                                    ROW(Tile, any, "x") ROW(Transpose, any, "x")
    // sampling
    ROW(Resize, numbers, "x") ROW(ResizeBilinear, floats, "x")
        ROW(ResizeNearestNeighbor, floats, "x") ROW(UpsampleBilinear, floats, "x")
            ROW(UpsampleNearestNeighbor, floats, "x") ROW(Resample, floats, "x")
    // logic
    ROW(LogicalAnd, logical, "x,y") ROW(LogicalOr, logical, "x,y") ROW(LogicalXor, logical, "x,y")
        ROW(LogicalNot, logical, "x")
#undef ROW
};

bool names(std::string_view list, std::string_view name) {
  for (const auto part : split(list, ',')) {
    if (part == name) return true;
  }
  return false;
}

/// The first domain operand's type that MIL does not take there.
std::optional<DType> misfit(Site& s, const DomainRow& row) {
  const ir::OpData& op = s.f().op(s.op);
  for (std::size_t i = 0; i < op.operands.size(); ++i) {
    if (!op.operands[i] ||
        !names(row.operands, op.schema->operands[op.schema->operand_index(op, i)].name))
      continue;
    const DType d = s.dtype(op.operands[i]);
    if (!allows(row.domain, d)) return d;
  }
  return std::nullopt;
}

}  // namespace

const DomainRow* domain_of(OpKind kind) {
  static const auto table = [] {
    std::map<OpKind, const DomainRow*> out;
    for (const DomainRow& row : kRows) out[row.kind] = &row;
    return out;
  }();
  const auto it = table.find(kind);
  return it == table.end() ? nullptr : it->second;
}

bool allows(Domain domain, DType dtype) {
  if (domain == Domain::logical) return dtype == DType::boolean;
  if (dtype == DType::f16 || dtype == DType::f32) return true;
  if (dtype == DType::i32) return domain != Domain::floats;
  return dtype == DType::boolean && domain == Domain::any;
}

Values in_wider_type(Site& s) {
  const ir::OpData op = s.f().op(s.op);
  const DomainRow* row = domain_of(op.schema->kind);
  if (!row || !op.blocks.empty()) return {};
  const auto from = misfit(s, *row);
  if (!from || (*from != DType::boolean && *from != DType::i32)) return {};
  const DType to =
      *from == DType::boolean && row->domain == Domain::numbers ? DType::i32 : DType::f32;
  std::vector<ValueId> operands = op.operands;
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const bool data =
        operands[i] &&
        names(row->operands, op.schema->operands[op.schema->operand_index(op, i)].name);
    if (data && s.dtype(operands[i]) == *from) operands[i] = s.cast(operands[i], to);
  }
  const auto added = s.f().insert(s.builder.insert_point(), *op.schema, std::move(operands),
                                  op.attrs, {}, op.location);
  if (!added) return {};
  Values out = s.f().op(*added).results;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = s.cast(out[i], s.dtype(op.results[i]));
  return out;
}

}  // namespace corecast::coreml::legal
