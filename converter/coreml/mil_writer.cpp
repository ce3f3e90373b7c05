#include "converter/coreml/mil_writer.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <limits>

#include "base/strings.h"
#include "converter/coreml/build_info.h"
#include "converter/coreml/constant_writer.h"
#include "converter/coreml/description_writer.h"
#include "converter/coreml/function_writer.h"
#include "converter/coreml/package_writer.h"
#include "converter/coreml/proto/model.pb.h"
#include "converter/coreml/required_target.h"

namespace corecast::coreml {
namespace {

Result<std::string> serialized(const pb::Model& model) {
  if (model.ByteSizeLong() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    return Error(Code::E2510, cat("the model without its weights has ", model.ByteSizeLong(),
                                  " bytes, the format allows ", std::numeric_limits<int>::max()));
  }
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);  // maps by key
    CC_CHECK(model.SerializeToCodedStream(&coded));
  }
  return bytes;
}

Result<mil::Target> choose_target(const ir::Module& module, const WriteOptions& options,
                                  WriteReport& report) {
  const auto required = required_target(module);
  if (options.target && *options.target < required.target) {
    return Error(Code::E2501,
                 cat("the model needs target ", name_of(required.target), " (", required.reason,
                     "), asked for is ", name_of(*options.target)),
                 "raise the deployment target");
  }
  if (!options.target) report.target_reason = required.reason;
  return options.target.value_or(required.target);
}

Status write_program(const ir::Module& module, const WriteOptions& options, BlobWriter& blobs,
                     pb::Model& model, WriteReport& report, Diagnostics& diagnostics) {
  auto& program = *model.mutable_program();
  program.set_version(1);
  ConstantWriter constants(blobs, report.target, *options.pool);
  std::vector<WrittenNames> names;
  BuildInfo info;
  for (const auto& f : module.functions) {
    FunctionWriter writer(module, f, report.target, constants, diagnostics);
    TRY_VOID(writer.write((*program.mutable_functions())[f.name]));
    names.push_back(writer.names());
    report.ops += writer.op_count();
    if (!names.back().renamed.empty()) report.renamed[f.name] = names.back().renamed;
    add_symbols(f, f.name, names.back().inputs, info);
    writer.add_source_names(info);
  }
  write_build_info(info, program);
  auto& description = *model.mutable_description();
  write_description(module, names,
                    {.target = report.target, .assumed_upper_bound = options.assumed_upper_bound},
                    description, diagnostics);
  for (const auto& [key, value] : options.user_metadata) {
    (*description.mutable_metadata()->mutable_user_defined())[key] = value;
  }
  return {};
}

}  // namespace

Result<WriteReport> write_package(const ir::Module& module, const std::string& path,
                                  const WriteOptions& options, Diagnostics& diagnostics) {
  CC_CHECK(!module.functions.empty());
  WriteReport report;
  TRY(report.target, choose_target(module, options, report));
  TRY(auto package,
      PackageWriter::begin(path, {.force = options.force, .cancelled = options.cancelled}));
  BlobWriter blobs(package.weight_file(), options.cancelled);
  pb::Model model;
  model.set_specification_version(spec_version(report.target));
  Diagnostics own;
  TRY_VOID(write_program(module, options, blobs, model, report, own));
  diagnostics.append(own);
  if (own.has_errors()) return own.summary();
  TRY_VOID(blobs.finish());
  TRY(const auto bytes, serialized(model));
  TRY_VOID(package.write_model(as_bytes(bytes)));
  TRY_VOID(package.commit(blobs.hash()));
  report.model_bytes = bytes.size();
  report.weight_bytes = blobs.size();
  report.blobs = blobs.count();
  return report;
}

Result<WriteReport> write_package(const ir::Module& module, const std::string& path,
                                  const WriteOptions& options) {
  Diagnostics ignored;
  return write_package(module, path, options, ignored);
}

}  // namespace corecast::coreml
