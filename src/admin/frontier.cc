#include "admin/frontier.h"

#include <algorithm>
#include <map>

#include "admin/frontier_rows.h"
#include "admin/json_parts.h"
#include "admin/report.h"
#include "admin/text_reasons.h"

namespace pointsman::admin {
namespace {

using base::Result;
using ledger::Entry;
using ledger::Feedback;

constexpr std::chrono::seconds kFresh{30};
constexpr int kSteps = 20;

struct Named {
  FrontierRouter router;
  std::string_view name;
  std::string_view label;
};
constexpr std::array<Named, 5> kPoints = {{{FrontierRouter::kStrong, "always_strong", "always strong"},
                                           {FrontierRouter::kCheap, "always_cheap", "always cheap"},
                                           {FrontierRouter::kRandom, "random", "random"},
                                           {FrontierRouter::kCurrent, "current", "current"},
                                           {FrontierRouter::kCandidate, "candidate", "candidate"}}};

// The canary's or the shadow's classifier; where there is neither, the newest one, unless it is the champion.
Result<std::shared_ptr<const classify::LinearModel>> candidate_of(Call& call, const gateway::Lineup& lineup) {
  if (lineup.canary) return find_classifier(lineup.canary->classifier_version, lineup, call.books);
  if (lineup.shadow) return find_classifier(lineup.shadow->version(), lineup, call.books);
  PM_TRY(ledger::ClassifierRegistry * registry, call.books.registry());
  PM_TRY(const auto versions, registry->versions());
  if (versions.empty() || versions.back().version == lineup.champion->classifier_version) return nullptr;
  return find_classifier(versions.back().version, lineup, call.books);
}

// What people said last of the decisions of that time, with their entries.
Result<std::vector<FrontierRow>> read_rows(Call& call, const TimeRange& range, FrontierRows& rows) {
  const base::Uuid since = base::Uuid::at(range.since);
  const base::Uuid until = base::Uuid::at(range.until);
  std::map<base::Uuid, std::optional<FrontierRow>> found;
  PM_TRY(ledger::FeedbackStore * store, call.books.feedback());
  PM_CHECK(store->scan([&](const Feedback& said, const Entry& about) {
    const bool label = said.signal == ledger::Signal::kNone && said.labels();
    if (label && about.id >= since && about.id < until) found[about.id] = rows.row(about, said.category);
    return call.wanted();
  }));
  PM_CHECK(still_wanted(call));
  std::vector<FrontierRow> out;
  for (auto& [id, row] : found) {
    if (row) out.push_back(std::move(*row));
  }
  return out;
}

// All routers are compared on the same requests: those that the candidate can be asked about, or, where these are less
// than half, all of them without a candidate.
void settle_candidate(std::vector<FrontierRow>& rows) {
  const auto judged = [](const FrontierRow& row) { return row.of(FrontierRouter::kCandidate).has_value(); };
  const auto many = static_cast<std::size_t>(std::ranges::count_if(rows, judged));
  if (many * 2 >= rows.size() && many > 0) {
    std::erase_if(rows, [&](const FrontierRow& row) { return !judged(row); });
    return;
  }
  for (FrontierRow& row : rows) row.choices[static_cast<std::size_t>(FrontierRouter::kCandidate)].reset();
}

struct Sum {
  double dollars = 0;
  std::size_t good = 0;
  std::size_t of = 0;

  void add(const FrontierChoice& choice) {
    dollars += choice.dollars;
    good += choice.good ? 1 : 0;
    ++of;
  }
  double per_thousand() const { return dollars / static_cast<double>(of) * 1000; }
};

void write_points(json::Writer& out, const std::vector<FrontierRow>& rows) {
  out.key("points").begin_array();
  for (const Named& one : kPoints) {
    Sum sum;
    for (const FrontierRow& row : rows) {
      if (const auto& choice = row.of(one.router)) sum.add(*choice);
    }
    if (sum.of == 0) continue;
    out.begin_object().member("name", one.name).member("label", one.label).member("cost_usd", sum.per_thousand());
    out.member("good", sum.good).member("of", sum.of).end_object();
  }
  out.end_array();
}

// What the classifier's thresholds, all of them alike, trade: 0 keeps everything, 1 nearly nothing.
void write_curve(json::Writer& out, const std::vector<FrontierRow>& rows) {
  out.key("curve").begin_array();
  for (int step = 0; step <= kSteps && !rows.empty(); ++step) {
    const double threshold = static_cast<double>(step) / kSteps;
    Sum sum;
    for (const FrontierRow& row : rows) {
      const bool kept = static_cast<double>(row.confidence) >= threshold;
      sum.add(*row.of(kept ? FrontierRouter::kKept : FrontierRouter::kInDoubt));
    }
    out.begin_object().member("threshold", threshold).member("cost_usd", sum.per_thousand());
    out.member("quality", static_cast<double>(sum.good) / static_cast<double>(sum.of)).end_object();
  }
  out.end_array();
}

Result<void> make(Call& call, const TimeRange& range, std::string& text) {
  const gateway::Lineup lineup = call.world.lineup();
  PM_TRY(auto candidate, candidate_of(call, lineup));
  PM_TRY(ledger::Reader * ledger, call.books.ledger());
  FrontierRows all(lineup.champion, std::move(candidate),
                   [ledger](std::string_view version) { return ledger->policy(version); });
  PM_TRY(std::vector<FrontierRow> rows, read_rows(call, range, all));
  settle_candidate(rows);
  ledger::Filter filter;
  filter.since = range.since;
  filter.until = range.until;
  PM_TRY(const std::uint64_t requests, call.books.backend().count(filter));
  const route::Market& market = lineup.champion->market;
  json::Writer out(text);
  out.begin_object().key("since");
  write_time(out, range.since);
  out.key("until");
  write_time(out, range.until);
  out.member("requests", requests).member("labels", rows.size());
  out.member("weak", all.weak() ? market.model(*all.weak()).name : "");
  out.member("strong", market.model(all.strong()).name);
  write_points(out, rows);
  write_curve(out, rows);
  out.end_object();
  return {};
}

}  // namespace

Result<Answer> get_frontier(Call& call) {
  PM_TRY(const TimeRange range, call.query.range(std::chrono::hours(24 * 30)));
  return shelved(call, kFresh, [&](std::string& out) { return make(call, range, out); });
}

}  // namespace pointsman::admin
