#include "admin/decisions.h"

#include <charconv>

#include "admin/decision_row.h"
#include "admin/json_parts.h"
#include "admin/report.h"
#include "admin/said.h"

namespace pointsman::admin {
namespace {

using base::Result;
using ledger::Entry;

constexpr std::chrono::seconds kTotalFresh{10};

// Everything that a total depends on: the query but for the page.
std::string name_of_total(const Query& query) {
  std::string out = "total of decisions";
  for (const std::string_view name : kDecisionsQuery) {
    if (name == "limit" || name == "cursor") continue;
    out += '\n';
    out += query.text(name);
  }
  return out;
}

Result<std::uint64_t> total_of(Call& call, const ledger::Filter& filter) {
  std::string name = name_of_total(call.query);
  if (const auto kept = call.staff.shelf.find(name, kTotalFresh, call.clock.mono())) {
    std::uint64_t total = 0;
    std::from_chars(kept->data(), kept->data() + kept->size(), total);
    return total;
  }
  PM_TRY(const std::uint64_t total, call.books.backend().count(filter));
  call.staff.shelf.keep(std::move(name), std::to_string(total), call.clock.mono());
  return total;
}

}  // namespace

Result<DecisionRows> with_labels(Call& call, std::vector<Entry> entries) {
  PM_TRY(ledger::FeedbackIndex * said, call.books.said());
  DecisionRows out{.entries = std::move(entries), .labels = {}};
  for (const Entry& entry : out.entries) {
    PM_TRY(const std::vector<ledger::Feedback> about, said->about(entry.id));
    out.labels.push_back(label_of(about));
  }
  return out;
}

void write_rows(json::Writer& out, const DecisionRows& rows, bool more) {
  out.key("items").begin_array();
  for (std::size_t i = 0; i < rows.entries.size(); ++i) write_decision_row(out, rows.entries[i], rows.labels[i]);
  out.end_array().key("next");
  if (more && !rows.entries.empty()) {
    out.value(rows.entries.back().id.to_string());
  } else {
    out.null();
  }
}

Result<Answer> get_decisions(Call& call) {
  PM_TRY(const TimeRange range, call.query.range());
  PM_TRY(ledger::Filter filter, call.query.filter(range));
  PM_TRY(const std::size_t limit, call.query.limit());
  PM_TRY(const std::uint64_t total, total_of(call, filter));
  PM_TRY(filter.before, call.query.cursor());
  filter.limit = limit + 1;  // one more tells whether there is a next page
  PM_TRY(ledger::Reader * ledger, call.books.ledger());
  std::vector<Entry> page;
  PM_CHECK(walk(call, *ledger, filter, [&page](const Entry& entry) { page.push_back(entry); }));
  const bool more = page.size() > limit;
  if (more) page.pop_back();
  PM_TRY(const DecisionRows rows, with_labels(call, std::move(page)));
  Answer out;
  json::Writer json(out.body);
  json.begin_object();
  write_rows(json, rows, more);
  json.member("total", total).end_object();
  return out;
}

}  // namespace pointsman::admin
