// A model directory read from disk, for programs that test and measure encoders.
// Owned by whoever loads it; the files' bytes live as long as the shared pointer that `load_encoder` hands on.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "encode/bert.h"
#include "encode/model_directory.h"

namespace pointsman::testing {

struct ModelFiles {
  std::vector<std::string> contents;
  std::vector<encode::ModelFile> files;
};

inline std::shared_ptr<const ModelFiles> read_model_files(const std::filesystem::path& folder) {
  auto out = std::make_shared<ModelFiles>();
  const auto names = encode::model_file_names();
  out->contents.reserve(names.size());
  for (const std::string_view name : names) {
    std::ifstream in(folder / name, std::ios::binary);
    if (!in) continue;
    const std::string& bytes =
        out->contents.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    out->files.push_back({std::string(name), std::as_bytes(std::span(bytes))});
  }
  return out;
}

inline base::Result<std::shared_ptr<const encode::BertEncoder>> load_encoder(const std::filesystem::path& folder,
                                                                             encode::Path path,
                                                                             encode::Precision precision) {
  const auto files = read_model_files(folder);
  PM_TRY(auto model, encode::read_model(files->files));
  return encode::BertEncoder::open_on(path, std::move(model), precision, files);
}

}  // namespace pointsman::testing
