#include "cli/classifier_loader.h"

#include "cli/mapped_file.h"

namespace pointsman::cli {
namespace {

using base::ErrorCode;
using base::Result;

Result<std::shared_ptr<const classify::LinearModel>> load_file(const std::string& path) {
  PM_TRY(const auto mapping, MappedFile::open(path));
  return classify::LinearModel::open(mapping->bytes(), mapping);
}

}  // namespace

Result<std::shared_ptr<const classify::LinearModel>> load_model(const std::string& name,
                                                                std::span<const std::byte> builtin) {
  if (name != kBuiltinModel) {
    auto model = load_file(name);
    if (!model) return base::fail(std::move(model).error().in("classifier " + name));
    return model;
  }
  if (builtin.empty()) {
    return base::fail(ErrorCode::kNotFound,
                      "this program carries no built-in classifier; train one with `pointsman train`");
  }
  return classify::LinearModel::open(builtin, nullptr);
}

gateway::ClassifierLoader classifier_loader(std::span<const std::byte> builtin) {
  return [builtin](const std::string& name) -> Result<std::shared_ptr<const classify::Classifier>> {
    PM_TRY(std::shared_ptr<const classify::Classifier> model, load_model(name, builtin));
    return model;
  };
}

}  // namespace pointsman::cli
