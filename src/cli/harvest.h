// What the ledger and people's feedback hold that a classifier can learn from, and what may judge one.
//
// A decision that judges never teaches, nor does any other with the same text: golden ones for ever, those of the
// random slice for their first thirty days, after which they teach and younger ones judge. Probabilities and names are
// carried from the policy a decision was made by to the categories as they are configured now. Reads a store and a
// ledger and changes neither; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "classify/linear_model.h"
#include "classify/opinion.h"
#include "config/config.h"
#include "learn/lessons.h"
#include "ledger/feedback_store.h"
#include "ledger/store.h"

namespace pointsman::cli {

// A decision of which somebody said what would have been right.
struct JudgedDecision {
  base::Uuid decision;
  learn::Example example;  // text or features; no category
  std::size_t truth = 0;   // index of the category; their number: none of them
  bool golden = false;     // else of the random slice
  std::string who;
  std::vector<float> served;  // what the classifier said that decided; empty: not known in today's categories
  std::string served_by;      // its version
  classify::Opinion opinion;  // of the small model, if it was asked
  std::string asked_with;     // the version of the prompt it was asked with
};

struct Harvest {
  std::vector<std::string> categories;
  std::vector<learn::Testimony> lessons;  // of people, signals and the small model; none of the seeds
  std::vector<JudgedDecision> judged;
  std::size_t feedback = 0;                         // all that was said
  std::size_t wordless = 0;                         // about decisions of which neither text nor features were kept
  std::size_t elsewhere = 0;                        // naming categories that are not configured any more
  std::size_t held_back = 0;                        // lessons whose text judges
  std::size_t verdicts = 0;                         // of the small model, in the ledger
  std::unordered_set<std::uint64_t> judging_texts;  // hashes, as Entry::text_hash
  base::Uuid newest;                                // the last that was said; zero: nothing was
};

struct HarvestOptions {
  base::WallTime now{};
  std::chrono::hours judge_for{24 * 30};  // how long the random slice judges before it teaches
  bool signals = true;
};

// Ids by time, as learn::Testimony::when.
std::uint64_t order_of(const base::Uuid& id);

// Whose weight is not limited: people who labelled with the command line, where they could read everything anyway.
// What comes over HTTP is marked by a prefix.
bool is_trusted(std::string_view voice);

base::Result<Harvest> harvest(const config::Config& config, ledger::Reader& ledger, ledger::FeedbackStore& feedback,
                              const HarvestOptions& options);

// The configuration's examples, and those that the classifier keeps, of categories that are configured. Null: none.
// Texts whose hash judges are left out.
std::vector<learn::Testimony> seed_lessons(const config::Config& config, const classify::LinearModel* classifier,
                                           const std::unordered_set<std::uint64_t>& judging);

}  // namespace pointsman::cli
