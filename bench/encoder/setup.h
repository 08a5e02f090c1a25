// What every section of `./dev bench encoder` begins with: the encoder on this machine, and tables distilled from it.
// Reads files and keeps nothing; from any thread.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "encode/bert.h"
#include "encode/static_table.h"
#include "learn/dataset.h"
#include "shared/section.h"

namespace pointsman::bench {

struct LoadedEncoder {
  std::shared_ptr<const encode::BertEncoder> encoder;
  std::shared_ptr<const encode::WordPiece> tokenizer;
  std::string name;
};

// The directory that $POINTSMAN_ENCODER names. kNotFound, saying how to get one, if it is not set.
base::Result<LoadedEncoder> load_encoder(encode::Precision precision);

// A table of the usual size; `texts` need no labels and may be null.
base::Result<std::shared_ptr<const encode::StaticTable>> table_of(const LoadedEncoder& loaded,
                                                                  const learn::Dataset* texts, int threads);

// A section that says why it measured nothing.
SectionResult skipped(std::string name, const std::string& why);

}  // namespace pointsman::bench
