// What was paid for recorded requests against what their stated baseline would have cost, folded from the ledger.
//
// Pure; one thread. Sums are exact: the lines of a report, its days and its total each add up to their entries, to the
// nano-dollar. A request whose cost or baseline is unknown is left out of all amounts and counted (I6); savings may be
// negative. Keeps one small record per conversation and line.
//
// The interval is for the share saved, 1 - sum(cost) / sum(baseline), as it would be over more requests of this kind. A
// ratio of sums, with conversations as the units, since the turns of one depend on each other: with n conversations of
// cost a and baseline b and R = sum(a) / sum(b), its variance is n / (n - 1) sum((a - R b)^2) / sum(b)^2 (Cochran 1977,
// Sampling Techniques, sections 6.3 and 9A.1), and Student's t with n - 1 degrees of freedom gives 95 %, cut off at 1:
// nobody saves more than all. Requests of no known conversation are units of their own.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/money.h"
#include "ledger/entry.h"

namespace pointsman::ledger {

enum class SavingsBy : std::uint8_t { kRoute, kModel, kDay, kKey, kOwner };
std::string_view to_string(SavingsBy by);  // "route", "model", "day", "key", "owner"
std::optional<SavingsBy> savings_by_from(std::string_view name);

struct Savings {
  std::string name;                 // of the route, the day, ...; "total"
  std::set<std::string> baselines;  // models that costs are held against
  std::size_t requests = 0;         // all of them
  std::size_t excluded = 0;         // of those: price or usage unknown, in no amount
  std::size_t replayed = 0;         // of those: answers that were given again
  base::Money actual;               // paid, with everything below
  base::Money discarded;            // of that, answers that were not released
  base::Money classification;       // of that, asking the small model
  base::Money summaries;            // of that, summing up what was trimmed
  base::Money baseline;
  std::size_t conversations = 0;  // units of the interval
  // The share of the baseline that was saved, with its 95 % interval; nothing where the baseline is nothing, no
  // interval with fewer than two conversations.
  std::optional<double> share;
  std::optional<std::pair<double, double>> interval;

  base::Money saved() const { return baseline - actual; }
  bool is_low_sample() const { return conversations < kFewest; }

  static constexpr std::size_t kFewest = 30;
};

struct SavingsReport {
  SavingsBy by = SavingsBy::kRoute;
  std::vector<Savings> lines;  // by name
  std::vector<Savings> days;   // UTC, the earliest first
  Savings total;
};

class SavingsFold {
 public:
  explicit SavingsFold(SavingsBy by) : by_(by) {}

  void add(const Entry& entry);
  SavingsReport report() const;

 private:
  struct Unit {
    double cost = 0;
    double baseline = 0;
  };
  struct Line {
    Savings sums;
    std::unordered_map<std::uint64_t, Unit> conversations;
    std::vector<Unit> loners;
  };
  static void add_to(Line& line, const Entry& entry);
  static Savings finished(const Line& line);

  SavingsBy by_;
  std::map<std::string, Line> lines_;
  std::map<std::string, Line> days_;
  Line total_;
};

// {"by":"route","total":{...},"lines":[...],"days":[...]}; amounts are dollars, unknown shares null.
void append_json(std::string& out, const SavingsReport& report);

}  // namespace pointsman::ledger
