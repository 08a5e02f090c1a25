#include "cli/encoder_loader.h"

#include <filesystem>

#include "cli/mapped_file.h"
#include "encode/bert.h"

namespace pointsman::cli {

using base::ErrorCode;
using base::Result;

namespace {

namespace fs = std::filesystem;

bool exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

bool is_directory(const std::string& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

// Token vectors in a directory become a table in memory.
Result<std::shared_ptr<const encode::StaticTable>> table_of(const encode::Model& model) {
  encode::TableParts parts{.options = model.tokenizer->options(), .dimensions = model.dimensions};
  parts.options.begin.clear();
  parts.options.end.clear();
  const encode::TensorView* vectors = model.find("embeddings");
  for (std::uint32_t i = 0; i < model.tokenizer->size(); ++i) {
    parts.pieces.emplace_back(model.tokenizer->piece(i));
    const bool dropped = model.drop_unknown && parts.pieces.back() == parts.options.unknown;
    const float weight = dropped ? 0 : model.token_weights.empty() ? 1 : model.token_weights[i];
    for (std::size_t d = 0; d < model.dimensions; ++d) {
      parts.vectors.push_back(weight * vectors->at(i * model.dimensions + d));
    }
  }
  parts.card = "{}";
  return encode::StaticTable::from_string(encode::write_table(parts));
}

}  // namespace

std::string encoders_home(const config::Environment& environment) {
  const auto folder = [&environment](std::string_view name) {
    const std::optional<std::string> value = environment(name);
    return value && value->starts_with('/') ? *value : std::string();
  };
  if (const std::string state = folder("STATE_DIRECTORY"); !state.empty()) return state + "/encoders";
  if (const std::string xdg = folder("XDG_DATA_HOME"); !xdg.empty()) return xdg + "/pointsman/encoders";
  if (const std::string home = folder("HOME"); !home.empty()) return home + "/.local/share/pointsman/encoders";
  return "pointsman-encoders";
}

std::string find_encoder(const std::string& name, std::string_view suffix, const config::Environment& environment) {
  if (name.find('/') != std::string::npos || exists(name)) return name;
  const std::string imported = encoders_home(environment) + "/" + name + std::string(suffix);
  return exists(imported) ? imported : name;
}

Result<MappedModel> map_model(const std::string& directory) {
  if (!is_directory(directory)) {
    return base::fail(exists(directory) ? ErrorCode::kInvalidArgument : ErrorCode::kNotFound,
                      directory + ": is no directory of a model, nor the name of an imported one; `pointsman encoder " +
                          "list` shows those");
  }
  MappedModel out;
  auto owner = std::make_shared<std::vector<std::shared_ptr<const MappedFile>>>();
  for (const std::string_view name : encode::model_file_names()) {
    const std::string path = directory + "/" + std::string(name);
    auto mapped = MappedFile::open(path);
    if (!mapped && mapped.error().code() == ErrorCode::kNotFound) continue;
    if (!mapped) return base::fail(std::move(mapped).error().in(path));
    out.files.push_back({std::string(name), (*mapped)->bytes()});
    owner->push_back(std::move(*mapped));
  }
  out.owner = std::move(owner);
  return out;
}

Result<std::shared_ptr<const encode::Encoder>> load_encoder(const std::string& directory, encode::Precision precision) {
  PM_TRY(MappedModel mapped, map_model(directory));
  auto model = encode::read_model(mapped.files);
  if (!model) return base::fail(std::move(model).error().in(directory));
  if (model->kind == encode::Model::Kind::kStatic) {
    PM_TRY(std::shared_ptr<const encode::Encoder> table, table_of(*model));
    return table;
  }
  auto opened = encode::BertEncoder::open(std::move(*model), precision, std::move(mapped.owner));
  if (!opened) return base::fail(std::move(opened).error().in(directory));
  return std::shared_ptr<const encode::Encoder>(std::move(*opened));
}

gateway::EncoderLoader encoder_loader(config::Environment environment) {
  return [environment = std::move(environment)](const std::string& path, encode::Precision precision) {
    const std::string name = fs::path(path).filename().string();
    return load_encoder(exists(path) || name.empty() ? path : find_encoder(name, "", environment), precision);
  };
}

Result<std::shared_ptr<const encode::StaticTable>> load_table(const std::string& path) {
  if (is_directory(path)) {
    PM_TRY(const MappedModel mapped, map_model(path));
    auto model = encode::read_model(mapped.files);
    if (!model) return base::fail(std::move(model).error().in(path));
    if (model->kind == encode::Model::Kind::kStatic) return table_of(*model);
    return base::fail(ErrorCode::kInvalidArgument,
                      path + ": is a transformer, no table of token vectors; `pointsman encoder distill` makes one");
  }
  auto mapped = MappedFile::open(path);
  if (!mapped) return base::fail(std::move(mapped).error().in(path));
  auto table = encode::StaticTable::open((*mapped)->bytes(), *mapped);
  if (!table) return base::fail(std::move(table).error().in(path));
  return table;
}

}  // namespace pointsman::cli
