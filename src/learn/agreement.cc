#include "learn/agreement.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "base/rng.h"

namespace pointsman::learn {
namespace {

constexpr double kZ = 1.959964;  // 97.5th percentile of the standard normal
constexpr std::size_t kFewestResamples = 40;

// One item that both of a pair labelled.
struct Shared {
  std::uint32_t pair = 0;
  std::uint32_t first = 0;  // categories
  std::uint32_t second = 0;
};

// Counts of one pair: who said what, how often.
struct Table {
  double n = 0;
  double same = 0;
  std::map<std::uint32_t, double> first;  // by category
  std::map<std::uint32_t, double> second;
  std::map<std::pair<std::uint32_t, std::uint32_t>, double> both;

  void add(const Shared& one, double times) {
    n += times;
    same += one.first == one.second ? times : 0;
    first[one.first] += times;
    second[one.second] += times;
    both[{one.first, one.second}] += times;
  }
  double observed() const { return same / n; }
  double expected() const {
    double sum = 0;
    for (const auto& [category, count] : first) {
      const auto other = second.find(category);
      if (other != second.end()) sum += count * other->second / (n * n);
    }
    return sum;
  }
};

double share_of(const std::map<std::uint32_t, double>& counts, std::uint32_t category, double n) {
  const auto found = counts.find(category);
  return found == counts.end() ? 0 : found->second / n;
}

// Fleiss, Cohen and Everitt 1969, equation 13, with rows the first and columns the second.
double variance_of(const Table& table, double observed, double expected) {
  double diagonal = 0;
  double beside = 0;
  for (const auto& [cell, count] : table.both) {
    const double p = count / table.n;
    if (cell.first == cell.second) {
      const double margins = share_of(table.first, cell.first, table.n) + share_of(table.second, cell.first, table.n);
      const double term = (1 - expected) - margins * (1 - observed);
      diagonal += p * term * term;
    } else {
      const double margins = share_of(table.second, cell.first, table.n) + share_of(table.first, cell.second, table.n);
      beside += p * margins * margins;
    }
  }
  beside *= (1 - observed) * (1 - observed);
  const double rest = observed * expected - 2 * expected + observed;
  const double left = 1 - expected;
  return std::max(0.0, (diagonal + beside - rest * rest) / (table.n * left * left * left * left));
}

std::optional<Kappa> kappa_of(const Table& table) {
  if (table.n <= 0) return std::nullopt;
  const double observed = table.observed();
  const double expected = table.expected();
  if (expected >= 1) return std::nullopt;
  Kappa out{.value = (observed - expected) / (1 - expected)};
  const double half = kZ * std::sqrt(variance_of(table, observed, expected));
  out.low = std::max(-1.0, out.value - half);
  out.high = std::min(1.0, out.value + half);
  return out;
}

// Pairs count by the items they share.
std::optional<double> pooled(std::span<const Table> tables) {
  double n = 0;
  double observed = 0;
  double expected = 0;
  for (const Table& table : tables) {
    if (table.n <= 0) continue;
    n += table.n;
    observed += table.same;
    expected += table.n * table.expected();
  }
  if (n <= 0 || expected >= n) return std::nullopt;
  return (observed - expected) / (n - expected);
}

class Measuring {
 public:
  explicit Measuring(std::span<const SaidLabel> labels) {
    std::map<std::string, std::uint32_t> numbers;
    for (const SaidLabel& one : labels) {
      const auto category = numbers.emplace(one.category, static_cast<std::uint32_t>(numbers.size())).first->second;
      said_[one.item][one.annotator] = category;
    }
    for (const auto& [item, by] : said_) add_item(by);
  }

  AgreementReport run(const AgreementOptions& options) {
    AgreementReport out;
    out.items = items_.size();
    std::vector<Table> tables(names_.size());
    for (const auto& item : items_) {
      for (const Shared& one : item) tables[one.pair].add(one, 1);
    }
    for (const auto& [names, number] : names_) {
      const Table& table = tables[number];
      const Share same{static_cast<std::size_t>(table.same), static_cast<std::size_t>(table.n)};
      out.pairs.push_back({names.first, names.second, same, table.expected(), kappa_of(table)});
      out.same.hits += same.hits;
      out.same.of += same.of;
    }
    const auto value = pooled(tables);
    if (value) out.overall = with_interval(*value, options);
    return out;
  }

 private:
  void add_item(const std::map<std::string, std::uint32_t>& by) {
    std::vector<Shared> shared;
    for (auto first = by.begin(); first != by.end(); ++first) {
      for (auto second = std::next(first); second != by.end(); ++second) {
        const auto number = static_cast<std::uint32_t>(names_.size());
        const auto pair = names_.emplace(std::pair(first->first, second->first), number).first->second;
        shared.push_back({pair, first->second, second->second});
      }
    }
    if (!shared.empty()) items_.push_back(std::move(shared));
  }

  Kappa with_interval(double value, const AgreementOptions& options) const {
    base::Rng rng(options.seed);
    std::vector<double> drawn;
    for (int i = 0; i < options.resamples; ++i) {
      std::vector<Table> tables(names_.size());
      for (std::size_t k = 0; k < items_.size(); ++k) {
        for (const Shared& one : items_[rng.below(items_.size())]) tables[one.pair].add(one, 1);
      }
      const auto again = pooled(tables);
      if (again) drawn.push_back(*again);
    }
    if (drawn.size() < kFewestResamples) return {.value = value};
    std::ranges::sort(drawn);
    const auto at = [&](double share) {
      return drawn[static_cast<std::size_t>(share * static_cast<double>(drawn.size() - 1))];
    };
    return {value, at(0.025), at(0.975)};
  }

  std::map<std::string, std::map<std::string, std::uint32_t>> said_;  // by item and annotator
  std::map<std::pair<std::string, std::string>, std::uint32_t> names_;
  std::vector<std::vector<Shared>> items_;
};

}  // namespace

AgreementReport measure_agreement(std::span<const SaidLabel> labels, const AgreementOptions& options) {
  return Measuring(labels).run(options);
}

}  // namespace pointsman::learn
