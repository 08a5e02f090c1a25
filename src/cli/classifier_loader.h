// Opens classifiers by the name the configuration and --model use: "builtin", or the path of an artefact.
//
// Artefacts are mapped read-only and stay mapped for as long as the model lives; `train` replaces files by renaming, so
// a mapping never changes under a reader. From any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "classify/linear_model.h"
#include "gateway/snapshot.h"

namespace pointsman::cli {

inline constexpr std::string_view kBuiltinModel = "builtin";

// `builtin` is what "builtin" stands for; it is static, or empty if the program carries no model. Fails with kNotFound,
// kIo or kCorrupt, naming the file.
base::Result<std::shared_ptr<const classify::LinearModel>> load_model(const std::string& name,
                                                                      std::span<const std::byte> builtin);

// The same for building snapshots.
gateway::ClassifierLoader classifier_loader(std::span<const std::byte> builtin);

}  // namespace pointsman::cli
