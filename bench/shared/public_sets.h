// The public intent sets, as examples to train on and examples to judge by.
// Reads files and keeps nothing; from any thread.
#pragma once

#include <string>

#include "base/result.h"
#include "learn/dataset.h"

namespace pointsman::bench {

struct PublicSet {
  std::string name;
  learn::Dataset train;
  learn::Dataset test;
};

// `data` is the folder that $POINTSMAN_DATA names. kNotFound or kParse, naming the file.
base::Result<PublicSet> load_banking77(const std::string& data);
// The test part ends with the out-of-scope texts, of the category "oos", which training never shows.
base::Result<PublicSet> load_clinc150(const std::string& data);
base::Result<PublicSet> load_triage(const std::string& data);

// `shots` examples of each category, drawn at random.
learn::Dataset draw(const learn::Dataset& all, std::size_t shots, std::uint64_t seed);

}  // namespace pointsman::bench
