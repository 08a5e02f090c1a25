// `pointsman train --from-ledger`: a candidate made of seed examples, corrections and the small model's verdicts, and
// its place in the registry. It serves nothing until it is promoted.
//
// Main thread of a process of its own: a gateway that trains by schedule starts this command, at the lowest priority,
// so that serving never notices.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "classify/linear_model.h"
#include "cli/context.h"
#include "cli/harvest.h"
#include "learn/lessons.h"
#include "learn/train.h"

namespace pointsman::cli {

// What a candidate is made from, and what came of it.
struct Candidate {
  learn::Trained trained;
  std::string version;
  learn::LessonPlan plan;
};

struct CandidateInput {
  const config::Config& config;
  const Harvest& harvest;
  const classify::LinearModel* seeds = nullptr;  // whose stored examples teach as well; null: none
  std::string parent;                            // version of the classifier that serves
  learn::LessonOptions lessons;
  learn::TrainOptions options;  // the categories and the provenance are filled in
};

// kInvalidArgument when there is nothing to learn from, naming what is missing.
base::Result<Candidate> make_candidate(const CandidateInput& input, const learn::ProgressCallback& progress);

struct LedgerTrainOptions {
  std::string config;
  std::string ledger;        // directory; empty: the configuration's
  std::string output;        // also write the artefact to this file; empty: only the registry gets it
  std::string save_lessons;  // write what teaches as JSON Lines; empty: do not
  learn::Effort effort = learn::Effort::kBalanced;
  std::uint64_t seed = 1;
  int threads = 0;
  int folds = 5;
  bool low_priority = false;
  bool child = false;  // of a gateway, with which it dies
  bool json = false;
};

void train_from_ledger(const LedgerTrainOptions& options, Context& context);

}  // namespace pointsman::cli
