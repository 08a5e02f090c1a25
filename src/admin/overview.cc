#include "admin/overview.h"

#include <algorithm>
#include <map>

#include "admin/json_parts.h"
#include "admin/report.h"
#include "admin/spread.h"
#include "ledger/filter.h"
#include "ledger/total_cost.h"

namespace pointsman::admin {
namespace {

using ledger::Entry;
using ledger::Outcome;
using std::chrono::seconds;

constexpr seconds kFresh{5};
constexpr std::int64_t kMostSteps = 120;
constexpr std::array<std::int64_t, 14> kSteps = {60,   120,   300,   600,   900,   1800,      3600,
                                                 7200, 10800, 21600, 43200, 86400, 2 * 86400, 7 * 86400};

// The shortest usual step that gives no more than kMostSteps.
seconds step_of(const TimeRange& range) {
  const std::int64_t all = std::chrono::ceil<seconds>(range.until - range.since).count();
  for (const std::int64_t step : kSteps) {
    if (step * kMostSteps >= all) return seconds(step);
  }
  constexpr std::int64_t kWeek = kSteps.back();
  const std::int64_t weeks = (all + kWeek * kMostSteps - 1) / (kWeek * kMostSteps);
  return seconds(weeks * kWeek);
}

// What went wrong, and not by the client's doing.
bool failed(const Entry& entry) {
  return entry.outcome == Outcome::kUpstreamError || entry.outcome == Outcome::kCut ||
         entry.outcome == Outcome::kGatewayError;
}

struct Line {
  std::uint64_t requests = 0;
  std::optional<base::Money> cost;  // of those whose cost is known
};

struct Point {
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;
  std::uint64_t fallbacks = 0;
  std::uint64_t excluded = 0;
  base::Money cost;
  base::Money baseline;
  Spread overhead;
};

class Fold {
 public:
  explicit Fold(seconds step) : step_(step) {}

  void add(const Entry& entry) {
    const auto cost = ledger::total_cost(entry);
    add_to(categories_, entry.category, cost);
    add_to(models_, entry.model, cost);
    if (entry.stage == ledger::kFallbackStage) add_to(reasons_, entry.reason, cost);
    overhead_.add(entry.overhead);
    if (entry.first_byte.count() > 0) first_byte_.add(entry.first_byte);
    add_to(points_[std::chrono::floor<seconds>(entry.id.time().time_since_epoch()) / step_], entry, cost);
  }

  void write(const TimeRange& range, json::Writer& out) const {
    Point all;
    for (const auto& [at, one] : points_) {
      all.requests += one.requests;
      all.errors += one.errors;
      all.fallbacks += one.fallbacks;
    }
    out.begin_object().key("since");
    write_time(out, range.since);
    out.key("until");
    write_time(out, range.until);
    out.member("requests", all.requests).member("errors", all.errors).member("fallbacks", all.fallbacks);
    out.key("overhead_us");
    write_percentiles(out, overhead_);
    out.key("first_byte_us");
    write_percentiles(out, first_byte_);
    write_lines("categories", categories_, out);
    write_lines("models", models_, out);
    write_lines("fallback_reasons", reasons_, out);
    out.member("step_seconds", step_.count()).key("points").begin_array();
    write_points(out);
    out.end_array().end_object();
  }

 private:
  using Lines = std::map<std::string, Line>;

  static void add_to(Lines& lines, const std::string& name, const std::optional<base::Money>& cost) {
    Line& line = lines[name.empty() ? "(none)" : name];
    ++line.requests;
    if (cost) line.cost = line.cost.value_or(base::Money{}) + *cost;
  }

  // Amounts hold what ledger::SavingsFold counts: both are known, or the request is in neither.
  static void add_to(Point& point, const Entry& entry, const std::optional<base::Money>& cost) {
    ++point.requests;
    point.errors += failed(entry) ? 1 : 0;
    point.fallbacks += entry.stage == ledger::kFallbackStage ? 1 : 0;
    point.overhead.add(entry.overhead);
    if (!cost || !entry.baseline_cost) {
      ++point.excluded;
      return;
    }
    point.cost += *cost;
    point.baseline += *entry.baseline_cost;
  }

  // The most frequent first.
  static void write_lines(std::string_view name, const Lines& lines, json::Writer& out) {
    std::vector<const Lines::value_type*> order;
    for (const auto& one : lines) order.push_back(&one);
    std::ranges::sort(order, [](const auto* a, const auto* b) {
      return a->second.requests != b->second.requests ? a->second.requests > b->second.requests : a->first < b->first;
    });
    out.key(name).begin_array();
    for (const auto* one : order) {
      out.begin_object().member("name", one->first).member("requests", one->second.requests).key("cost_usd");
      write_dollars(out, one->second.cost);
      out.end_object();
    }
    out.end_array();
  }

  // Steps without a request are there between others: a line through their neighbours would tell of some.
  void write_points(json::Writer& out) const {
    if (points_.empty()) return;
    const Point nothing;
    for (std::int64_t at = points_.begin()->first; at <= points_.rbegin()->first; ++at) {
      const auto found = points_.find(at);
      write_point(base::WallTime(at * step_), found == points_.end() ? nothing : found->second, out);
    }
  }

  static void write_point(base::WallTime at, const Point& one, json::Writer& out) {
    out.begin_object().key("at");
    write_time(out, at);
    out.member("requests", one.requests).member("errors", one.errors).member("fallbacks", one.fallbacks);
    out.key("cost_usd");
    write_dollars(out, one.cost);
    out.key("baseline_usd");
    write_dollars(out, one.baseline);
    out.member("excluded", one.excluded).key("overhead_p50_us");
    write_or_null(out, one.overhead.at(0.5));
    out.key("overhead_p99_us");
    write_or_null(out, one.overhead.at(0.99));
    out.end_object();
  }

  seconds step_;
  Lines categories_;
  Lines models_;
  Lines reasons_;
  Spread overhead_;
  Spread first_byte_;
  std::map<std::int64_t, Point> points_;  // by the number of the step
};

}  // namespace

base::Result<Answer> get_overview(Call& call) {
  PM_TRY(const TimeRange range, call.query.range());
  PM_TRY(const ledger::Filter filter, call.query.filter(range));
  return shelved(call, kFresh, [&](std::string& out) -> base::Result<void> {
    PM_TRY(ledger::Reader * ledger, call.books.ledger());
    Fold fold(step_of(range));
    PM_CHECK(walk(call, *ledger, filter, [&fold](const Entry& entry) { fold.add(entry); }));
    json::Writer json(out);
    fold.write(range, json);
    return {};
  });
}

}  // namespace pointsman::admin
