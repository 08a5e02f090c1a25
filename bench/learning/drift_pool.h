// Requests as a classifier sees them, by where they come from: what simulated traffic is drawn from.
// Trains a classifier once; deterministic. Reads files.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "shared/section.h"
#include "watch/drift_profile.h"

namespace pointsman::bench {

using Observations = std::vector<watch::DriftObservation>;

struct DriftPool {
  std::vector<std::string> categories;  // 130 intents of CLINC150
  std::string classifier;
  Observations usual;     // test texts of those intents
  Observations unseen;    // test texts of the 20 intents that training never saw
  Observations outside;   // CLINC150's texts of no intent
  Observations topic;     // texts of BANKING77
  Observations misspelt;  // `usual`, every third word of more than three letters with two of them swapped
  Observations moved;     // those of `usual` that belong to 5 of the 130 intents
};

base::Result<DriftPool> load_drift_pool(const BenchOptions& options);

}  // namespace pointsman::bench
