// Tensors to numpy arrays and back, without copies where memory can be shared.
#include <cstring>

#include "base/strings.h"
#include "python/bindings.h"

namespace corecast::python {
namespace {

using ir::DType;
using ir::Tensor;

struct Pair {
  DType dtype;
  const char* numpy;
};
// The last four are ml_dtypes' names, which numpy arrays have once that package is imported.
constexpr Pair kPairs[] = {{DType::boolean, "bool"},
                           {DType::i8, "int8"},
                           {DType::i16, "int16"},
                           {DType::i32, "int32"},
                           {DType::i64, "int64"},
                           {DType::u8, "uint8"},
                           {DType::u16, "uint16"},
                           {DType::u32, "uint32"},
                           {DType::u64, "uint64"},
                           {DType::f16, "float16"},
                           {DType::f32, "float32"},
                           {DType::f64, "float64"},
                           {DType::string, "str"},
                           {DType::bf16, "bfloat16"},
                           {DType::f8e4m3, "float8_e4m3fn"},
                           {DType::f8e5m2, "float8_e5m2"},
                           {DType::f8e8m0, "float8_e8m0fnu"}};
// Types of ml_dtypes with a byte per element, and a type of numpy's that holds their values.
struct Packed {
  DType dtype;
  const char* ml_dtypes;
  const char* numpy;
};
constexpr Packed kPacked[] = {{DType::i4, "int4", "int8"},
                              {DType::u4, "uint4", "uint8"},
                              {DType::u2, "uint2", "uint8"},
                              {DType::f4e2m1, "float4_e2m1fn", "float32"}};
constexpr std::size_t kNative = 12;  // the pairs that numpy itself knows, text left out

/// An array's memory. The array is released under the interpreter lock, from whichever thread.
class ArrayBuffer final : public ir::Buffer {
 public:
  explicit ArrayBuffer(py::array array)
      : array_(std::move(array)),
        bytes_(static_cast<const std::byte*>(array_.data()),
               static_cast<std::size_t>(array_.nbytes())) {}
  ~ArrayBuffer() override {
    const py::gil_scoped_acquire acquire;
    array_.release().dec_ref();  // the member's own destructor, without the lock, finds nothing
  }
  std::size_t size() const override { return bytes_.size(); }
  ByteView bytes() const override { return bytes_; }

 private:
  py::array array_;
  ByteView bytes_;
};

std::vector<std::int64_t> dims_of(const py::array& a) { return {a.shape(), a.shape() + a.ndim()}; }

Failure not_an_array(const std::string& name, const std::string& what) {
  return Failure{Error(Code::E1022, cat("input ", quote(name), ": ", what),
                       "give a numpy array of numbers, or what numpy.asarray takes"),
                 {}};
}

/// Numpy's own idea of the value; a torch tensor is brought to the CPU first.
py::array as_array(py::handle value, const std::string& name) {
  if (py::isinstance<py::array>(value)) return py::reinterpret_borrow<py::array>(value);
  py::object object = py::reinterpret_borrow<py::object>(value);
  try {
    if (py::hasattr(value, "detach") && py::hasattr(value, "cpu")) {
      object = object.attr("detach")().attr("cpu")();
      if (py::str(object.attr("dtype")).cast<std::string>() == "torch.bfloat16")
        object = object.attr("float")();
    }
    return py::module_::import("numpy").attr("asarray")(object);
  } catch (py::error_already_set& e) {
    if (e.matches(PyExc_KeyboardInterrupt) || e.matches(PyExc_MemoryError)) throw;
    throw not_an_array(name, cat("numpy cannot read it: ", e.what()));
  }
}

Tensor text_tensor(const py::array& array, const std::string& name) {
  std::vector<std::string> values;
  for (const py::handle item : array.attr("ravel")().attr("tolist")()) {
    if (!py::isinstance<py::str>(item) && !py::isinstance<py::bytes>(item))
      throw not_an_array(name, "its elements are neither numbers nor text");
    values.push_back(item.cast<std::string>());
  }
  return Tensor::strings(std::move(values), dims_of(array));
}

}  // namespace

std::string numpy_name(DType dtype) {
  for (const auto& p : kPairs) {
    if (p.dtype == dtype) return p.numpy;
  }
  return std::string(ir::name_of(dtype));
}

Tensor to_tensor(py::handle value, const std::string& name) {
  py::array array = as_array(value, name);
  const char kind = array.dtype().kind();
  if (kind == 'U' || kind == 'S' || kind == 'O' || kind == 'T') return text_tensor(array, name);
  const py::module_ numpy = py::module_::import("numpy");
  // Contiguous and in this machine's byte order; an array that is both comes back as it is.
  const py::object native = array.dtype().attr("newbyteorder")("=");
  if (!array.dtype().attr("isnative").cast<bool>()) array = array.attr("astype")(native);
  if (!(array.flags() & py::array::c_style)) array = array.attr("copy")("C");
  const std::string type = py::str(array.dtype().attr("name"));
  for (const auto& p : kPairs) {
    if (type == p.numpy && p.dtype != DType::string) {
      auto dims = dims_of(array);
      return Tensor(p.dtype, std::move(dims), std::make_shared<ArrayBuffer>(std::move(array)));
    }
  }
  for (const auto& p : kPacked) {
    if (type != p.ml_dtypes) continue;
    const py::array wide = array.attr("astype")(p.numpy);
    return to_tensor(wide, name).cast(p.dtype);
  }
  throw not_an_array(name, cat("no input has elements of type ", type));
}

api::NamedTensors to_tensors(const py::dict& arrays) {
  api::NamedTensors out;
  for (const auto& [key, value] : arrays) {
    if (!py::isinstance<py::str>(key))
      throw Failure{Error(Code::E1022, "inputs are given as {name: array}"), {}};
    const auto name = key.cast<std::string>();
    out.emplace(name, to_tensor(value, name));
  }
  return out;
}

py::object to_numpy(Tensor t) {
  if (t.dtype() == DType::string) {
    py::list values;
    for (const auto& s : t.string_values()) values.append(py::str(s));
    const py::object flat = py::module_::import("numpy").attr("array")(values, "object");
    return flat.attr("reshape")(py::cast(t.dims()));
  }
  if (ir::is_sub_byte(t.dtype()))
    t = t.cast(ir::is_floating(t.dtype()) ? DType::f32
               : ir::is_signed(t.dtype()) ? DType::i8
                                          : DType::u8);
  const char* type = nullptr;
  for (std::size_t i = 0; i < kNative; ++i) {
    if (kPairs[i].dtype == t.dtype()) type = kPairs[i].numpy;
  }
  if (!type) {
    t = t.cast(DType::f32);
    type = "float32";
  }
  const std::vector<std::int64_t> dims = t.dims();
  const std::shared_ptr<const ir::Buffer> buffer = t.buffer();
  t = Tensor();  // so that only what others hold is counted below
  const py::dtype dtype(type);
  // Numpy may write to what it is given: constants, and arrays passed straight through, are copied.
  const bool ours =
      buffer && buffer.use_count() == 1 && dynamic_cast<const ir::OwnedBuffer*>(buffer.get());
  if (!ours) {
    py::array out(dtype, dims);
    if (buffer && out.nbytes() > 0)
      std::memcpy(out.mutable_data(), buffer->bytes().data(),
                  static_cast<std::size_t>(out.nbytes()));
    return out;
  }
  using Held = std::shared_ptr<const ir::Buffer>;
  const py::capsule owner(new Held(buffer), [](void* p) { delete static_cast<Held*>(p); });
  return py::array(dtype, dims, buffer->bytes().data(), owner);
}

py::dict to_numpy(api::NamedTensors tensors) {
  py::dict out;
  for (auto& [name, tensor] : tensors) out[py::str(name)] = to_numpy(std::move(tensor));
  return out;
}

}  // namespace corecast::python
