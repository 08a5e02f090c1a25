// Finds and opens sentence encoders and tables of token vectors, by path or by the name under which they were imported.
//
// Files are mapped read-only and stay mapped for as long as the encoder lives. From any thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/sources.h"
#include "encode/encoder.h"
#include "encode/model_directory.h"
#include "encode/precision.h"
#include "encode/static_table.h"
#include "gateway/snapshot.h"

namespace pointsman::cli {

inline constexpr std::string_view kTableSuffix = ".table";

// Where imported encoders lie: under STATE_DIRECTORY, XDG_DATA_HOME or HOME, else in the working directory.
std::string encoders_home(const config::Environment& environment);

// A name without "/" that is no file here stands for one in encoders_home(): "minilm" for minilm/, or minilm.table when
// `suffix` is kTableSuffix. Anything else is a path.
std::string find_encoder(const std::string& name, std::string_view suffix, const config::Environment& environment);

// A directory's files, mapped.
struct MappedModel {
  std::vector<encode::ModelFile> files;
  std::shared_ptr<const void> owner;
};
base::Result<MappedModel> map_model(const std::string& directory);

// A transformer, or a directory of token vectors. Fails with kNotFound, kIo, kInvalidArgument or kCorrupt, naming the
// file and the field.
base::Result<std::shared_ptr<const encode::Encoder>> load_encoder(const std::string& directory,
                                                                  encode::Precision precision);

// The same for building snapshots. A path that leads nowhere and ends in the name of an imported encoder stands for
// that.
gateway::EncoderLoader encoder_loader(config::Environment environment);

// A table file, or a directory of token vectors turned into one.
base::Result<std::shared_ptr<const encode::StaticTable>> load_table(const std::string& path);

}  // namespace pointsman::cli
