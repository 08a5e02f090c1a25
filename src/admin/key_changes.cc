// Making, renewing and ending a virtual key.
#include <cmath>

#include "admin/keys.h"
#include "admin/twin_note.h"
#include "cli/key_parts.h"
#include "json/strict_reader.h"
#include "json/writer.h"

namespace pointsman::admin {
namespace {

using base::Result;
using ledger::Key;

constexpr std::size_t kMostBody = 4096;
constexpr double kMostDays = 3650;
constexpr double kMostDollars = 1e9;
constexpr std::size_t kMostGrace = std::size_t{366} * 24 * 3600;  // seconds

struct NewKey {
  std::string name;
  std::string owner;
  std::optional<double> expires_days;
  std::optional<double> budget_month;  // dollars
};

Result<NewKey> read_new_key(const std::string& body) {
  NewKey out;
  json::StrictReader in(body, kMostBody);
  PM_CHECK(in.open());
  constexpr bool kOptional = json::StrictReader::kOptional;
  in.object("an object with name, owner, expires_days and budget_month_usd",
            {{"name", [&] { out.name = in.text(128); }},
             {"owner", [&] { out.owner = in.text(256); }, kOptional},
             {"expires_days", [&] { out.expires_days = in.number(0, kMostDays); }, kOptional},
             {"budget_month_usd", [&] { out.budget_month = in.number(0, kMostDollars); }, kOptional}});
  PM_CHECK(in.result());
  return out;
}

base::Error wrong(std::string_view name, std::string_view message) {
  return base::Error(base::ErrorCode::kInvalidArgument, std::string(message), base::Origin::kClient)
      .at(std::string(name));
}

Result<Key> key_of(const NewKey& wanted, const cli::FreshSecret& secret, base::WallTime now) {
  Key key{.name = wanted.name, .owner = wanted.owner, .created = now};
  PM_TRY(key.id, cli::fresh_key_id(now));
  if (wanted.expires_days) {
    if (*wanted.expires_days <= 0) return base::fail(wrong("expires_days", "has to be above 0"));
    key.expires = now + std::chrono::round<std::chrono::seconds>(
                            std::chrono::duration<double, std::ratio<86'400>>(*wanted.expires_days));
  }
  if (wanted.budget_month) {
    const base::Money money{std::llround(*wanted.budget_month * 1e9)};
    if (money.nanos <= 0) return base::fail(wrong("budget_month_usd", "has to be above 0"));
    key.budgets = {{.period = ledger::KeyPeriod::kMonth, .money = money, .tokens = {}}};
  }
  key.tail = secret.tail;
  key.secrets = {{.digest = secret.digest, .until = {}}};
  PM_CHECK(check_key(key));
  return key;
}

Answer secret_answer(const std::string& name, const base::Secret& secret) {
  Answer out;
  json::Writer(out.body).begin_object().member("name", name).member("secret", secret.reveal()).end_object();
  return out;
}

ledger::KeyHand hand_of(const Call& call) {
  return {.who = call.user, .at = call.request.at};
}

// The key store has it; beside that goes where it came from. The secret must be told whatever becomes of the note.
void note_change(Call& call, ledger::KeyStore& store, const Key& key) {
  const auto events = store.events(key.id);
  if (!events || events->empty()) return;
  note_twin(call, {"key." + events->back().kind, key.name, events->back().detail});
}

}  // namespace

Result<Answer> post_key(Call& call) {
  PM_TRY(const NewKey wanted, read_new_key(call.request.body));
  PM_TRY(const cli::FreshSecret secret, cli::fresh_secret());
  PM_TRY(const Key key, key_of(wanted, secret, call.request.at));
  PM_TRY(ledger::KeyStore * store, call.books.keys());
  PM_CHECK(store->create(key, hand_of(call)));
  note_change(call, *store, key);
  return secret_answer(key.name, secret.text);
}

Result<Answer> post_key_rotate(Call& call) {
  std::size_t grace = 0;
  json::StrictReader in(call.request.body, kMostBody);
  PM_CHECK(in.open());
  in.object("an object with grace_seconds", {{"grace_seconds", [&] { grace = in.count(kMostGrace); }}});
  PM_CHECK(in.result());
  PM_TRY(ledger::KeyStore * store, call.books.keys());
  PM_TRY(const Key key, cli::find_key(*store, call.parts.front()));
  PM_TRY(const cli::FreshSecret secret, cli::fresh_secret());
  PM_CHECK(store->rotate(key.id, secret.digest, secret.tail, std::chrono::seconds(grace), hand_of(call)));
  note_change(call, *store, key);
  return secret_answer(key.name, secret.text);
}

Result<Answer> post_key_revoke(Call& call) {
  PM_TRY(ledger::KeyStore * store, call.books.keys());
  PM_TRY(const Key key, cli::find_key(*store, call.parts.front()));
  PM_TRY(const bool changed, store->revoke(key.id, hand_of(call)));
  if (changed) note_change(call, *store, key);
  return done();
}

}  // namespace pointsman::admin
