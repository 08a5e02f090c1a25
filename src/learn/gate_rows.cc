#include "learn/gate_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

namespace pointsman::learn {
namespace {

constexpr double kRounding = 1e-3;  // probabilities may sum to that much above 1

bool are_probabilities(std::span<const float> values) {
  double sum = 0;
  for (const float value : values) {
    if (!(value >= 0) || !(value <= 1 + kRounding)) return false;
    sum += static_cast<double>(value);
  }
  return sum <= 1 + kRounding;
}

std::string problem_of(const JudgedRow& row, std::size_t categories) {
  if (row.before.size() != categories || row.after.size() != categories) return "has not one probability per category";
  if (row.truth > categories) return fmt::format("has the category {} of {}", row.truth, categories);
  if (!are_probabilities(row.before)) return "has a champion's probabilities that are none";
  if (!are_probabilities(row.after)) return "has a candidate's probabilities that are none";
  if (!(row.weight > 0) || !std::isfinite(row.weight)) return "has a weight that is not positive";
  return {};
}

bool comes_first(const DecidedRow& a, const DecidedRow& b) {
  const auto key = [](const DecidedRow& one) {
    return std::tuple(one.row.set, one.row.truth, std::string_view(one.row.slice), one.row.weight);
  };
  if (key(a) != key(b)) return key(a) < key(b);
  if (!std::ranges::equal(a.row.before, b.row.before)) {
    return std::ranges::lexicographical_compare(a.row.before, b.row.before);
  }
  return std::ranges::lexicographical_compare(a.row.after, b.row.after);
}

}  // namespace

Decision decide(std::span<const float> probabilities) {
  double doubt = 1;
  std::size_t top = 0;
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    doubt -= static_cast<double>(probabilities[i]);
    if (probabilities[i] > probabilities[top]) top = i;
  }
  const float best = probabilities.empty() ? 0 : probabilities[top];
  if (doubt > static_cast<double>(best))
    return {static_cast<std::uint32_t>(probabilities.size()), static_cast<float>(doubt)};
  return {static_cast<std::uint32_t>(top), std::min(best, 1.0F)};
}

base::Result<std::vector<DecidedRow>> decide_all(const GateInput& input) {
  std::vector<DecidedRow> out;
  out.reserve(input.rows.size());
  for (std::size_t i = 0; i < input.rows.size(); ++i) {
    const JudgedRow& row = input.rows[i];
    if (const std::string problem = problem_of(row, input.categories.size()); !problem.empty()) {
      return base::fail(base::ErrorCode::kInvalidArgument, fmt::format("promotion gate: row {} {}", i, problem));
    }
    out.push_back({row, decide(row.before), decide(row.after)});
  }
  std::ranges::sort(out, comes_first);
  return out;
}

std::vector<DecidedRow> rows_of(std::span<const DecidedRow> rows, JudgedSet set) {
  std::vector<DecidedRow> out;
  std::ranges::copy_if(rows, std::back_inserter(out), [&](const DecidedRow& one) { return one.row.set == set; });
  return out;
}

bool weigh_alike(std::span<const DecidedRow> rows) {
  return std::ranges::all_of(rows, [&](const DecidedRow& one) { return one.row.weight == rows[0].row.weight; });
}

PairedCounts count(std::span<const DecidedRow> rows) {
  PairedCounts out{.rows = rows.size()};
  for (const DecidedRow& one : rows) {
    out.mended += !one.right_before() && one.right_after() ? 1 : 0;
    out.broken += one.right_before() && !one.right_after() ? 1 : 0;
  }
  return out;
}

}  // namespace pointsman::learn
