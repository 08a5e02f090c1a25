// Labels that people gave, beside what the classifier had guessed: what quality is measured on.
//
// Reads the feedback store once; holds a few numbers of each labelled decision. One thread.
#pragma once

#include <map>
#include <string>

#include "admin/endpoint.h"

namespace pointsman::admin {

// Which labels count: those of the random slice (without bias), golden ones, or all.
enum class LabelSet : std::uint8_t { kSlice, kGolden, kAll };
inline constexpr std::array<std::string_view, 3> kLabelSets = {"slice", "golden", "all"};

struct LabelChoice {
  TimeRange range;  // of the decisions
  LabelSet set = LabelSet::kSlice;
  std::string category;    // that was decided; empty: any
  std::string classifier;  // the beginning of the version that guessed; empty: any
};

struct LabelledGuess {
  std::string truth;      // what was said last; empty: none of the categories
  std::string predicted;  // the likeliest, whether or not it was sure enough
  float confidence = 0;
  bool right() const { return truth == predicted; }
};

// By decision. Decisions without a guess, or whose policy is not kept, are left out.
base::Result<std::map<base::Uuid, LabelledGuess>> read_labels(Call& call, const LabelChoice& choice);

// The names of categories under each policy that the ledger keeps, in the order of probabilities. One thread.
class CategoryNames {
 public:
  explicit CategoryNames(ledger::Reader& ledger) : ledger_(ledger) {}
  // Empty where it is not kept. Holds for as long as this does.
  base::Result<const std::vector<std::string>*> of(const std::string& policy_version);

 private:
  ledger::Reader& ledger_;
  std::map<std::string, std::vector<std::string>> names_;
};

}  // namespace pointsman::admin
