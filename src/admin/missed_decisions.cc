#include "admin/missed_decisions.h"

#include <fmt/format.h>

#include <ranges>

#include "admin/decision_row.h"
#include "admin/live_tail.h"
#include "json/writer.h"

namespace pointsman::admin {

using base::Result;

std::string event_text(std::string_view name, std::string_view id, std::string_view json) {
  std::string out = fmt::format("event: {}\n", name);
  if (!id.empty()) out += fmt::format("id: {}\n", id);
  return out + fmt::format("data: {}\n\n", json);
}

Result<Answer> get_missed(Call& call) {
  const auto last = base::Uuid::parse(call.request.last_event_id);
  if (!last) return refuse(400, "last-event-id: is not the id of a decision", "last-event-id");
  const TimeRange range{.since = last->time(), .until = call.request.at + std::chrono::hours(1)};
  PM_TRY(const ledger::Filter filter, call.query.filter(range));
  PM_TRY(ledger::Reader * ledger, call.books.ledger());
  std::vector<std::string> events;
  std::size_t missed = 0;
  PM_CHECK(ledger->scan(filter, [&](const ledger::Entry& entry) {
    if (entry.id <= *last) return call.wanted();
    if (events.size() == Seat::kMost) {
      ++missed;
      return call.wanted();
    }
    std::string row;
    {
      json::Writer json(row);
      write_decision_row(json, entry, std::nullopt);
    }
    events.push_back(event_text("decision", entry.id.to_string(), row));
    return call.wanted();
  }));
  Answer out;
  if (missed > 0) out.body = event_text("lagged", {}, fmt::format(R"({{"missed":{}}})", missed));
  for (const std::string& event : events | std::views::reverse) out.body += event;
  return out;
}

}  // namespace pointsman::admin
