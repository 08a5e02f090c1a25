#include "admin/savings.h"

#include <array>

#include "ledger/savings.h"

namespace pointsman::admin {

base::Result<Answer> get_savings(Call& call) {
  constexpr std::array<std::string_view, 5> kBy = {"route", "model", "day", "key", "owner"};
  PM_TRY(const TimeRange range, call.query.range(std::chrono::hours(24 * 30)));
  PM_TRY(const std::size_t by, call.query.choice("by", kBy));
  ledger::Filter filter{.since = range.since, .until = range.until};
  filter.category = call.query.text("category");
  filter.model = call.query.text("model");
  filter.limit = std::numeric_limits<std::size_t>::max();
  filter.newest_first = false;
  PM_TRY(ledger::Reader * ledger, call.books.ledger());
  ledger::SavingsFold fold(*ledger::savings_by_from(kBy[by]));
  PM_CHECK(ledger->scan(filter, [&](const ledger::Entry& entry) {
    fold.add(entry);
    return call.wanted();
  }));
  Answer out;
  append_json(out.body, fold.report());
  return out;
}

}  // namespace pointsman::admin
