// links: pm_ledger_sqlite
//
// What sums of spend cost: the writer's CPU for each row, and the time in which a gateway that starts reads back what
// every budget needs, from a ledger of a million entries. Prints one JSON object. Usage: spend [entries] [directory].
#include <fmt/format.h>
#include <stdlib.h>  // mkdtemp is POSIX, not std

#include <charconv>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "../tests/support/random_entry.h"
#include "ledger/entry_codec.h"
#include "ledger_sqlite/inserter.h"
#include "ledger_sqlite/schema.h"
#include "ledger_sqlite/spend_reader.h"

namespace {

using namespace pointsman;
using Clock = std::chrono::steady_clock;

constexpr base::WallTime kNow{std::chrono::seconds(1'767'348'000)};
constexpr std::chrono::days kPast{31};
constexpr int kTeams = 10;
constexpr int kKeys = 50;
constexpr int kUsers = 20'000;
constexpr std::size_t kBatch = 128;

[[noreturn]] void give_up(const base::Error& error) {
  fmt::print(stderr, "{}\n", error.message());
  std::exit(1);
}

std::string team_of(int key) {
  return fmt::format("acme/team-{}", key % kTeams);
}

ledger::Entry entry_at(base::Rng& rng, base::Uuid id, bool charged) {
  ledger::Entry entry = test::typical_entry(id);
  const int key = static_cast<int>(rng.below(kKeys));
  entry.key = fmt::format("key-{}", key);
  entry.user = 1 + rng.below(kUsers);
  entry.bill.counted = "o200k_base";
  entry.bill.owner = team_of(key);
  if (!charged) return entry;
  entry.bill.charged = base::Money{static_cast<std::int64_t>(rng.below(9'000'000))};
  entry.bill.charged_tokens = static_cast<std::int64_t>(rng.below(4'000));
  return entry;
}

// Fills a new ledger; the writer's CPU for each row, in microseconds.
double fill(const std::string& directory, int entries, bool charged) {
  std::filesystem::create_directories(directory);
  auto database = ledger_sqlite::Database::open(directory + "/" + ledger_sqlite::kDatabaseFile,
                                                ledger_sqlite::OpenMode::kReadWriteCreate);
  if (!database) give_up(database.error());
  if (auto ready = ledger_sqlite::prepare_schema(*database); !ready) give_up(ready.error());
  // What is measured is CPU; waiting for the disk is ledger_bench's.
  if (auto fast = database->execute("PRAGMA synchronous=OFF"); !fast) give_up(fast.error());
  auto inserter = ledger_sqlite::Inserter::prepare(*database);
  if (!inserter) give_up(inserter.error());
  base::Rng rng(1);
  base::UuidGenerator ids(1);
  std::vector<std::string> records(kBatch, std::string(8192, '\0'));
  std::vector<std::size_t> sizes(kBatch);
  std::clock_t used = 0;
  for (int done = 0; done < entries; done += static_cast<int>(kBatch)) {
    std::vector<ledger_sqlite::PendingRow> rows;
    for (std::size_t i = 0; i < kBatch; ++i) {
      const auto id = ids.next(kNow - kPast + kPast * (done + static_cast<int>(i)) / std::max(entries, 1));
      sizes[i] = ledger::encode(entry_at(rng, id, charged), records[i]);
      rows.push_back({id, std::string_view(records[i]).substr(0, sizes[i])});
    }
    const std::clock_t start = std::clock();
    if (auto inserted = inserter->insert(*database, rows); !inserted) give_up(inserted.error());
    used += std::clock() - start;
  }
  return static_cast<double>(used) * 1e6 / CLOCKS_PER_SEC / entries;
}

template <class Body>
double milliseconds(const Body& body) {
  const auto start = Clock::now();
  body();
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// Every node of the tree and every period that a budget may have; how many sums that are.
int restore(ledger::SpendReader& reader) {
  std::vector<ledger::SpendScope> scopes{{.owner = "acme"}};
  for (int team = 0; team < kTeams; ++team) scopes.push_back({.owner = team_of(team)});
  for (int key = 0; key < kKeys; ++key) scopes.push_back({.owner = {}, .key = fmt::format("key-{}", key)});
  int sums = 0;
  for (const ledger::SpendScope& scope : scopes) {
    for (const int days : {1, 7, 31, 0}) {
      ledger::SpendTime time;
      if (days > 0) time.since = kNow - std::chrono::days(days);
      if (const auto sum = reader.sum(scope, time); !sum) give_up(sum.error());
      ++sums;
    }
  }
  return sums;
}

std::int64_t rows_of_spend(const std::string& directory) {
  auto database =
      ledger_sqlite::Database::open(directory + "/" + ledger_sqlite::kDatabaseFile, ledger_sqlite::OpenMode::kReadOnly);
  if (!database) give_up(database.error());
  return database->query_integer("SELECT count(*) FROM spend").value_or(0);
}

void measure(const std::string& directory, int entries) {
  const double plain_us = fill(directory + "/plain", entries / 10, false);
  const std::string charged = directory + "/charged";
  const double charged_us = fill(charged, entries, true);
  auto reader = ledger_sqlite::open_spend_reader(charged);
  if (!reader) give_up(reader.error());
  int sums = 0;
  const double first = milliseconds([&] { sums = restore(**reader); });
  const double again = milliseconds([&] { restore(**reader); });
  const double by_key = milliseconds([&] {
    if (const auto keys = (*reader)->by_key({.since = kNow - kPast, .until = {}}); !keys) give_up(keys.error());
  });
  const double users = milliseconds([&] {
    for (std::uint64_t user = 1; user <= 100; ++user) {
      const ledger::SpendScope scope{.owner = {}, .key = "key-1", .user = user};
      if (const auto sum = (*reader)->sum(scope, {.since = kNow - kPast, .until = {}}); !sum) give_up(sum.error());
    }
  });
  fmt::print(
      "{{\"entries\": {}, \"keys\": {}, \"users\": {}, \"rows_of_spend\": {}, "
      "\"writer_us_per_row\": {:.2f}, \"writer_us_per_row_uncharged\": {:.2f}, "
      "\"sums_at_start\": {}, \"restore_ms\": {:.1f}, \"restore_again_ms\": {:.1f}, "
      "\"by_key_ms\": {:.1f}, \"one_user_ms\": {:.3f}}}\n",
      entries, kKeys, kUsers, rows_of_spend(charged), charged_us, plain_us, sums, first, again, by_key, users / 100);
}

}  // namespace

int main(int argc, char** argv) {
  int entries = 1'000'000;
  if (argc > 1) {
    const std::string_view given = argv[1];
    std::from_chars(given.data(), given.data() + given.size(), entries);
  }
  std::string directory = (argc > 2 ? std::string(argv[2]) : std::string("/tmp")) + "/spend-XXXXXX";
  if (entries <= 0 || ::mkdtemp(directory.data()) == nullptr) return 1;
  measure(directory, entries);
  std::filesystem::remove_all(directory);
  return 0;
}
