#include <unistd.h>

#include <filesystem>
#include <functional>

#include "ir/print.h"
#include "ops/interpret.h"
#include "tests/onnx/imported.h"

namespace corecast::onnx {
namespace {

std::vector<double> run(const ir::Module& m, const ir::Tensor& x) {
  return ops::interpret(m.main(), {{"x", x}}).value().begin()->second.to_doubles();
}

}  // namespace

TEST_CASE("a model becomes a module with its names") {
  const Outcome o = imported(relu());
  REQUIRE(o.module);
  CHECK(o.module->main().inputs[0].name == "x");
  CHECK(o.module->main().outputs[0].name == "y");
  CHECK(run(*o.module, ir::Tensor::of<float>({-1, 2, -3, 4, -5, 6}, {2, 3})) ==
        std::vector<double>{0, 2, 0, 4, 0, 6});
}

TEST_CASE("files that are no ONNX") {
  CHECK(imported("").code() == "E2002");
  CHECK(imported("hello, world").code() == "E2002");
  CHECK(imported(std::string(1000, '\0')).code() == "E2002");
  CHECK(imported(std::string(64, '\xff')).code() == "E2002");
  CHECK(import_file("/nonexistent/m.onnx").code() == "E2001");
  TempFolder folder;
  CHECK(import_file(folder.path().string()).code() == "E2001");
  ModelBuilder m = relu();
  m.model.set_ir_version(0);
  m.model.clear_opset_import();
  CHECK(imported(m).code() == "E2002");
}

TEST_CASE("every truncation is refused or is a model of its own") {
  ModelBuilder m;
  m.graph.input("x", {"2", "3"})
      .constant(ramp("w", {3, 40}))
      .node("MatMul", {"x", "w"}, {"y"})
      .output("y");
  const std::string whole = m.bytes();
  int refused = 0;
  for (std::size_t n = 0; n < whole.size(); ++n)
    refused += imported(whole.substr(0, n)).module ? 0 : 1;
  CHECK(refused == static_cast<int>(whole.size()));
}

TEST_CASE("versions") {
  const auto code = [](std::int64_t ir, std::int64_t opset) {
    ModelBuilder m = relu();
    m.model.set_ir_version(ir);
    m.model.mutable_opset_import(0)->set_version(opset);
    return imported(m).code();
  };
  CHECK(code(9, 18) == "ok");
  CHECK(code(9, 7) == "ok");
  CHECK(code(9, 6) == "E2003");
  CHECK(code(9, 1000) == "E2003");
  CHECK(code(9, -1) == "E2003");
  CHECK(code(9, INT64_MIN) == "E2003");
  CHECK(code(2, 18) == "E2009");
  CHECK(code(1000, 18) == "E2009");
}

TEST_CASE("external data: found, and contained in the model's folder") {
  TempFolder folder;
  const auto model = [](const std::string& location, const std::string& offset,
                        const std::string& length) {
    ModelBuilder m;
    m.graph.input("x", {"3"}).node("Add", {"x", "w"}, {"y"}).output("y");
    proto::TensorProto w = floats("w", {3}, {});
    w.set_data_location(proto::TensorProto::EXTERNAL);
    for (const auto& [key, value] :
         {std::pair{"location", location}, {"offset", offset}, {"length", length}}) {
      if (value == "-") continue;
      auto& e = *w.add_external_data();
      e.set_key(key);
      e.set_value(value);
    }
    m.graph.constant(w);
    return m.bytes();
  };
  const auto code = [&](const std::string& location, const std::string& offset = "-",
                        const std::string& length = "-") {
    write_text(folder / "models/m.onnx", model(location, offset, length));
    return import_file(folder / "models/m.onnx").code();
  };
  const float values[] = {1, 2, 3, 4};
  const std::string data(reinterpret_cast<const char*>(values), sizeof values);
  write_text(folder / "models/w.bin", data);
  write_text(folder / "models/below/w.bin", data);
  write_text(folder / "outside.bin", data);
  CHECK(code("w.bin") == "ok");
  CHECK(code("w.bin", "4", "12") == "ok");
  CHECK(code("below/w.bin") == "ok");
  CHECK(code("below/../w.bin") == "ok");
  CHECK(run(*import_file(folder / "models/m.onnx").module,
            ir::Tensor::of(std::vector<float>{0, 0, 0})) == std::vector<double>{1, 2, 3});
  for (const char* bad : {"", "none.bin", "../outside.bin", "below/../../outside.bin",
                          "/etc/hostname", ".", "below", "-", "w.bin/", "/dev/zero"}) {
    CAPTURE(bad);
    CHECK(code(bad) == "E2004");
  }
  CHECK(code((folder / "models/w.bin")) == "E2004");  // absolute, though inside
  for (const auto& [offset, length] : {std::pair{"8", "-"},
                                       {"9223372036854775807", "-"},
                                       {"-4", "-"},
                                       {"x", "-"},
                                       {"0", "16"},
                                       {"0", "-12"},
                                       {"0", "99999999999999999999"},
                                       {"5", "12"},
                                       {"", "-"}}) {
    CAPTURE(offset, length);
    CHECK_FALSE(code("w.bin", offset, length) == "ok");
  }
  std::filesystem::create_symlink(folder / "outside.bin", folder / "models/link.bin");
  CHECK(code("link.bin") == "E2004");
  std::filesystem::create_directory_symlink(folder.path(), folder / "models/up");
  CHECK(code("up/outside.bin") == "E2004");
  std::filesystem::create_symlink("w.bin", folder / "models/alias.bin");
  CHECK(code("alias.bin") == "ok");
}

TEST_CASE("graphs that are no graphs") {
  SECTION("a cycle") {
    ModelBuilder m;
    m.graph.input("x", {"3"}).node("Add", {"x", "b"}, {"a"}).node("Relu", {"a"}, {"b"}).output("b");
    CHECK(imported(m).code() == "E2005");
  }
  SECTION("a node that reads itself") {
    ModelBuilder m;
    m.graph.input("x", {"3"}).node("Add", {"x", "a"}, {"a"}).output("a");
    CHECK(imported(m).code() == "E2005");
  }
  SECTION("names given twice") {
    ModelBuilder m = relu();
    m.graph.node("Neg", {"x"}, {"y"});
    CHECK(imported(m).code() == "E2005");
    ModelBuilder inputs = relu();
    inputs.graph.input("x", {"2", "3"});
    CHECK(imported(inputs).code() == "E2005");
    ModelBuilder outputs = relu();
    outputs.graph.output("y");
    CHECK(imported(outputs).code() == "E2005");
    ModelBuilder weights = relu();
    weights.graph.constant(floats("w", {1}, {1})).constant(floats("w", {1}, {1}));
    CHECK(imported(weights).code() == "E2005");
  }
  SECTION("no outputs, unknown outputs, missing inputs") {
    ModelBuilder none;
    none.graph.input("x", {"3"}).node("Relu", {"x"}, {"y"});
    CHECK(imported(none).code() == "E2005");
    ModelBuilder unknown = relu();
    unknown.graph.output("z");
    CHECK(imported(unknown).code() == "E2005");
    ModelBuilder missing;
    missing.graph.input("x", {"3"}).node("Add", {"x"}, {"y"}).output("y");
    CHECK(imported(missing).code() == "E2005");
  }
}

TEST_CASE("tensors whose sizes lie") {
  const auto code = [](const proto::TensorProto& w) {
    ModelBuilder m;
    m.graph.input("x", {"3"}).constant(w).node("Add", {"x", "w"}, {"y"}).output("y");
    return imported(m).code();
  };
  CHECK(code(floats("w", {3}, {1, 2, 3})) == "ok");
  CHECK(code(floats("w", {3}, {1, 2})) == "E2002");
  CHECK(code(floats("w", {3}, {})) == "E2002");
  CHECK(code(floats("w", {-1}, {1})) == "E2002");
  CHECK(code(floats("w", {INT64_MAX}, {1})) == "E2002");
  CHECK(code(floats("w", {INT64_MAX, INT64_MAX}, {1})) == "E2002");
  CHECK(code(floats("w", {std::int64_t{1} << 32, std::int64_t{1} << 32}, {})) == "E2002");
  CHECK(code(floats("w", {std::int64_t{1} << 40}, {})) == "E2002");
  CHECK(code(floats("w", Ints(33, 1), {1})) == "E2002");
  proto::TensorProto raw = ramp("w", {3});
  raw.mutable_raw_data()->push_back('x');
  CHECK(code(raw) == "E2002");
  proto::TensorProto large = ramp("w", {100});  // beyond what stays inside the message
  large.set_dims(0, 3);
  CHECK(code(large) == "E2002");
  proto::TensorProto complex = floats("w", {3}, {1, 2, 3});
  complex.set_data_type(proto::TensorProto::COMPLEX64);
  CHECK(code(complex) == "E3002");
  complex.set_data_type(99);
  CHECK(code(complex) == "E3002");
}

TEST_CASE("weights that are no numbers are kept as they are") {
  ModelBuilder m;
  const float nan = std::numeric_limits<float>::quiet_NaN(),
              inf = std::numeric_limits<float>::infinity();
  m.graph.input("x", {"3"})
      .constant(floats("w", {3}, {nan, inf, -inf}))
      .node("Add", {"x", "w"}, {"y"})
      .output("y");
  const Outcome o = imported(m);
  REQUIRE(o.module);
  const auto y = run(*o.module, ir::Tensor::of(std::vector<float>{0, 0, 0}));
  CHECK(std::isnan(y[0]));
  CHECK(y[1] == static_cast<double>(inf));
}

TEST_CASE("every unsupported operator is reported, once a node, with its place") {
  ModelBuilder m;
  m.use_domain("com.example");
  m.graph.input("x", {"3"})
      .node("Foo", {"x"}, {"a"})
      .node("Bar", {"a"}, {"b"}, {}, "com.example")
      .node("Foo", {"b"}, {"y"})
      .output("y");
  const Outcome o = imported(m);
  CHECK(o.code() == "E3001");
  CHECK(o.error.kind() == ErrorKind::unsupported);
  REQUIRE(o.diagnostics.error_count() == 3);
  CHECK(o.diagnostics.all()[0].error.where.node == "Foo1");
  CHECK(o.diagnostics.all()[1].error.where.op == "com.example.Bar");
  for (const auto& d : o.diagnostics.all()) CHECK_FALSE(d.error.help.empty());
}

TEST_CASE("symbolic sizes keep their names and can be fixed") {
  ModelBuilder m;
  m.graph.input("x", {"batch", "3"})
      .input("z", {"batch", "seq len"})
      .node("Relu", {"x"}, {"y"})
      .node("Relu", {"z"}, {"w"})
      .output("y")
      .output("w");
  const Outcome o = imported(m);
  REQUIRE(o.module);
  const ir::Function& f = o.module->main();
  CHECK(f.symbols.contains("batch"));
  CHECK(f.symbols.contains("seq_len"));
  ImportOptions options;
  options.sizes["batch"] = 4;
  const Outcome fixed = imported(m, options);
  REQUIRE(fixed.module);
  CHECK(ir::to_string(fixed.module->main().type(
            fixed.module->main().block(fixed.module->main().entry()).args[1])) == "f32[4,seq_len]");
}

TEST_CASE("interfaces that cannot be") {
  const auto code = [](const Names& dims) {
    ModelBuilder m;
    m.graph.input("x", dims).node("Relu", {"x"}, {"y"}).output("y");
    return imported(m).code();
  };
  CHECK(code({"2", "0"}) == "ok");
  CHECK(code({"*"}) == "E2006");
  CHECK(code({"2147483648"}) == "E3002");
  CHECK(code({"9223372036854775807", "9223372036854775807"}) == "E3002");
  CHECK(code(Names(33, "1")) == "E3002");
  CHECK(code({"-1", "3"}) == "ok");  // as good as a name
}

TEST_CASE("overrides that fit nothing") {
  ImportOptions options;
  options.inputs["X"].shape = ir::make_shape({2, 3});
  const Outcome unknown = imported(relu(), options);
  CHECK(unknown.code() == "E1002");
  CHECK(unknown.error.help == "did you mean \"x\"?");
  options.inputs.clear();
  options.inputs["x"].shape = ir::make_shape({2, 3, 1});
  CHECK(imported(relu(), options).code() == "E1002");
  options.inputs["x"].shape = ir::make_shape({2, 4});
  CHECK(imported(relu(), options).code() == "E1002");
  options.inputs.clear();
  options.outputs = {"y", "y"};
  CHECK(imported(relu(), options).code() == "E1002");
  options.outputs = {"nowhere"};
  CHECK(imported(relu(), options).code() == "E1002");
}

TEST_CASE("constants that double do not fill the memory") {
  ModelBuilder m;
  m.graph.input("x", {"1"}).constant(ramp("w0", {1 << 10}));
  for (int i = 0; i < 40; ++i) {
    const std::string from = "w" + std::to_string(i), half = "h" + std::to_string(i);
    m.graph.node("Neg", {from}, {half})
        .node("Concat", {from, half}, {"w" + std::to_string(i + 1)}, {{"axis", 0}});
  }
  m.graph.node("Add", {"x", "w40"}, {"y"}).output("y");
  const Outcome o = imported(m);
  CHECK((o.module || kind_of(o.error.code) != ErrorKind::internal));
}

}  // namespace corecast::onnx
