#include "ledger_sqlite/spend_tally.h"

#include "base/log.h"
#include "ledger/entry_codec.h"

namespace pointsman::ledger_sqlite {
namespace {

using base::Result;

// Older records cannot say what was charged (ledger/entry_codec.h).
constexpr std::uint8_t kFirstWithCharges = 8;

}  // namespace

Result<SpendRows> SpendRows::prepare(Database& database) {
  SpendRows rows;
  PM_TRY(rows.find_, database.prepare("SELECT id FROM spend_nodes WHERE owner = ?1 AND key = ?2"));
  PM_TRY(rows.make_, database.prepare("INSERT INTO spend_nodes(owner, key) VALUES(?1, ?2) RETURNING id"));
  PM_TRY(rows.add_,
         database.prepare(std::string("INSERT INTO spend(node, user, bucket, nanos, tokens, requests, unknown) "
                                      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ") +
                          kAddToRow));
  return rows;
}

Result<std::int64_t> SpendRows::node(std::string_view owner, std::string_view key) {
  for (Statement* const statement : {&find_, &make_}) {
    statement->bind_text(1, owner);
    statement->bind_text(2, key);
    const auto row = statement->step();
    const std::int64_t id = row && *row ? statement->integer(0) : 0;
    // An INSERT that returns rows has ended only once there are no more.
    const auto ended = row && *row ? statement->step() : row;
    statement->reset();
    if (!ended) return base::fail(ended.error());
    if (id != 0) return id;
  }
  return base::fail(base::ErrorCode::kInternal, "the ledger's spend: a node has no id");
}

Result<void> SpendRows::add(std::int64_t node, std::uint64_t user, std::int64_t bucket, const ledger::Spend& more) {
  add_.bind(1, node);
  add_.bind(2, static_cast<std::int64_t>(user));
  add_.bind(3, bucket);
  add_.bind(4, more.nanos);
  add_.bind(5, more.tokens);
  add_.bind(6, more.requests);
  add_.bind(7, more.unknown);
  return add_.run();
}

Result<SpendTally> SpendTally::prepare(Database& database) {
  PM_TRY(SpendRows rows, SpendRows::prepare(database));
  return SpendTally(std::move(rows));
}

void SpendTally::note(std::string_view record) {
  if (record.empty() || static_cast<std::uint8_t>(record.front()) < kFirstWithCharges) return;
  const auto entry = ledger::decode_without_features(record);
  if (!entry) {
    base::log_error("ledger: what a record of {} bytes has cost cannot be read: {} ({})", record.size(),
                    entry.error().message(), entry.error().place());
    return;
  }
  const auto charge = ledger::charge_of(*entry);
  if (!charge) return;
  noted_[{charge->owner, charge->key, 0, charge->bucket}] += charge->spend;
  if (charge->user != 0) noted_[{charge->owner, charge->key, charge->user, charge->bucket}] += charge->spend;
}

Result<void> SpendTally::store() {
  const Place* last = nullptr;
  std::int64_t node = 0;
  for (const auto& [place, spend] : noted_) {
    if (last == nullptr || last->owner != place.owner || last->key != place.key) {
      PM_TRY(node, rows_.node(place.owner, place.key));
    }
    last = &place;
    PM_CHECK(rows_.add(node, place.user, place.bucket, spend));
  }
  noted_.clear();
  return {};
}

}  // namespace pointsman::ledger_sqlite
