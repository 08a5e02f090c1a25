#include "encoder/setup.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "encode/model_directory.h"
#include "learn/distillation.h"

namespace pointsman::bench {

using base::Result;

Result<LoadedEncoder> load_encoder(encode::Precision precision) {
  const char* named = std::getenv("POINTSMAN_ENCODER");
  if (named == nullptr) {
    return base::fail(base::ErrorCode::kNotFound,
                      "no encoder: `./dev encoder` fetches one; or let POINTSMAN_ENCODER name its directory");
  }
  const std::string directory = named;
  auto contents = std::make_shared<std::vector<std::string>>();
  std::vector<std::string_view> names;
  for (const std::string_view name : encode::model_file_names()) {
    std::ifstream file(directory + "/" + std::string(name), std::ios::binary);
    if (!file) continue;
    contents->emplace_back((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    names.push_back(name);
  }
  std::vector<encode::ModelFile> files;
  for (std::size_t i = 0; i < names.size(); ++i) {
    files.push_back({std::string(names[i]), std::as_bytes(std::span((*contents)[i]))});
  }
  auto model = encode::read_model(files);
  if (!model) return base::fail(std::move(model).error().in(directory));
  LoadedEncoder out;
  out.tokenizer = std::make_shared<const encode::WordPiece>(*model->tokenizer);
  out.name = std::filesystem::weakly_canonical(directory).filename();
  PM_TRY(out.encoder, encode::BertEncoder::open(std::move(*model), precision, std::move(contents)));
  return out;
}

Result<std::shared_ptr<const encode::StaticTable>> table_of(const LoadedEncoder& loaded, const learn::Dataset* texts,
                                                            int threads) {
  std::vector<std::string_view> views;
  if (texts != nullptr) {
    for (const learn::Example& example : texts->examples) views.push_back(example.text);
  }
  const auto parts = learn::distil(*loaded.encoder, *loaded.tokenizer, {.texts = views, .threads = threads});
  return encode::StaticTable::from_string(encode::write_table(parts));
}

SectionResult skipped(std::string name, const std::string& why) {
  return {.name = std::move(name), .skipped = why};
}

}  // namespace pointsman::bench
