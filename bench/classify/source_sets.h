// triage by source: the same requests, each with the name of the public set it came from, and what another set of
// examples has in common with some of them. Reads files and keeps nothing; from any thread.
#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "learn/dataset.h"

namespace pointsman::bench {

// Each example's group is its source, such as "gsm8k" or "bbh/navigate".
struct SourceSet {
  learn::Dataset train;
  learn::Dataset test;
};

// `data` is the folder that $POINTSMAN_DATA names. kNotFound or kParse, naming the file.
base::Result<SourceSet> load_triage_sources(const std::string& data);
// The examples of the classifier that ships.
base::Result<learn::Dataset> load_starter();

// The set that a source is part of: "bbh" of "bbh/navigate".
std::string set_of(const std::string& source);

// `background` without the examples that share six words in a row with any of `texts`: who wrote those knew these.
learn::Dataset without_likenesses(const learn::Dataset& background, std::span<const learn::Example> texts);

}  // namespace pointsman::bench
