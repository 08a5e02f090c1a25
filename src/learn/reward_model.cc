#include "learn/reward_model.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "base/rng.h"

namespace pointsman::learn {
namespace {

struct Sum {
  double total = 0;
  double rows = 0;

  void add(double reward) {
    total += reward;
    rows += 1;
  }
  Sum without(const Sum& other) const { return {total - other.total, rows - other.rows}; }
  // The mean, drawn towards `towards`.
  double mean(double towards, double shrinkage) const {
    return rows + shrinkage > 0 ? (total + shrinkage * towards) / (rows + shrinkage) : towards;
  }
};

// Sums of one fold, or of all.
struct Sums {
  Sum all;
  std::vector<Sum> actions;
  std::vector<Sum> cells;  // strata x actions
};

std::vector<std::size_t> number(std::span<const std::uint64_t> values, std::size_t& count) {
  std::unordered_map<std::uint64_t, std::size_t> seen;
  std::vector<std::size_t> out;
  for (const std::uint64_t value : values) out.push_back(seen.try_emplace(value, seen.size()).first->second);
  count = seen.size();
  return out;
}

std::vector<std::size_t> deal_folds(std::span<const LoggedChoice> rows, std::size_t folds, std::uint64_t seed) {
  base::Rng rng(seed);
  std::unordered_map<std::uint64_t, std::size_t> of_cluster;
  std::vector<std::size_t> out;
  for (const LoggedChoice& row : rows) {
    const std::size_t drawn = rng.below(folds);
    out.push_back(row.cluster == 0 ? drawn : of_cluster.try_emplace(row.cluster, drawn).first->second);
  }
  return out;
}

}  // namespace

void predict_rewards(std::span<LoggedChoice> rows, std::span<const std::uint64_t> strata, std::size_t actions,
                     const RewardModelOptions& options) {
  const auto folds = static_cast<std::size_t>(std::max(options.folds, 2));
  const std::vector<std::size_t> fold = deal_folds(rows, folds, options.seed);
  std::size_t count = 0;
  const std::vector<std::size_t> stratum = number(strata, count);
  const Sums empty{.all = {}, .actions = std::vector<Sum>(actions), .cells = std::vector<Sum>(count * actions)};
  Sums all = empty;
  std::vector<Sums> of_fold(folds, empty);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (Sums* sums : {&all, &of_fold[fold[i]]}) {
      sums->all.add(rows[i].reward);
      sums->actions[rows[i].action].add(rows[i].reward);
      sums->cells[stratum[i] * actions + rows[i].action].add(rows[i].reward);
    }
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Sums& mine = of_fold[fold[i]];
    const double overall = all.all.without(mine.all).mean(0, 0);
    rows[i].predicted.resize(actions);
    for (std::size_t a = 0; a < actions; ++a) {
      const double of_action = all.actions[a].without(mine.actions[a]).mean(overall, options.shrinkage);
      const std::size_t cell = stratum[i] * actions + a;
      rows[i].predicted[a] = all.cells[cell].without(mine.cells[cell]).mean(of_action, options.shrinkage);
    }
  }
}

}  // namespace pointsman::learn
