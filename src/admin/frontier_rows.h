// Labelled requests, each with the model that every router would have chosen for it, what that model's answer would
// have cost, and which models are good enough: what the frontier is drawn from.
//
// Good enough is a model that may answer the labelled category, or any stronger one (route::Market::by_strength); where
// the label is none of the categories, those of the fallback. Costs take the answer to have as many tokens as the one
// that came, at present prices, and no prompt to be cached, for every router alike; those that classify pay for the
// small model where it was asked. One thread.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "classify/linear_model.h"
#include "cli/redecider.h"
#include "gateway/snapshot.h"

namespace pointsman::admin {

enum class FrontierRouter : std::uint8_t { kStrong, kCheap, kRandom, kCurrent, kKept, kInDoubt, kCandidate };
inline constexpr std::size_t kFrontierRouters = 7;

struct FrontierChoice {
  bool good = false;
  double dollars = 0;
};

struct FrontierRow {
  float confidence = 0;
  // Nothing where that router has no answer. kKept and kInDoubt: with a threshold that it reaches, or does not.
  std::array<std::optional<FrontierChoice>, kFrontierRouters> choices;

  const std::optional<FrontierChoice>& of(FrontierRouter router) const {
    return choices[static_cast<std::size_t>(router)];
  }
};

class FrontierRows {
 public:
  // `candidate` may be null.
  FrontierRows(gateway::SnapshotPtr champion, std::shared_ptr<const classify::LinearModel> candidate,
               cli::Redecider::PolicySource policies);

  // Indices into the champion's market; nothing where no two models have a price.
  std::optional<route::ModelIndex> weak() const { return weak_; }
  route::ModelIndex strong() const { return champion_->baseline; }

  // Nothing where the request cannot be compared: a model or a category that is no more, unknown usage or prices, or a
  // policy that is not kept. `truth` is empty for none of the categories.
  std::optional<FrontierRow> row(const ledger::Entry& entry, std::string_view truth);

 private:
  struct Chosen {
    route::ModelIndex model = 0;
    bool asked = false;  // the small model
  };
  std::optional<Chosen> again(const ledger::Entry& entry, cli::Redecider& redecider) const;
  std::optional<std::size_t> weakest_good(std::string_view truth) const;
  std::optional<FrontierChoice> choice(const ledger::Entry& entry, const Chosen& chosen, std::size_t weakest) const;
  route::ModelIndex by_lot(const ledger::Entry& entry) const;
  void find_weak();

  gateway::SnapshotPtr champion_;
  std::vector<std::size_t> strength_;  // of each model: its place in by_strength()
  std::optional<route::ModelIndex> weak_;
  cli::Redecider kept_;
  cli::Redecider in_doubt_;
  std::optional<cli::Redecider> candidate_;
};

}  // namespace pointsman::admin
