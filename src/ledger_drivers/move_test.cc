// A ledger in files with something in every table, moved into a PostgreSQL of the test's own.
#include "ledger_drivers/move.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>

#include "base/hash.h"
#include "ledger_drivers/open.h"
#include "ledger_postgres/session.h"
#include "support/postgres_server.h"
#include "support/random_entry.h"
#include "support/temporary_directory.h"

namespace pointsman::ledger_drivers {
namespace {

using base::ErrorCode;
using testing::HasSubstr;

class MoveTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!server().missing().empty()) GTEST_SKIP() << server().missing();
    static int made = 0;
    database_ = "move_" + std::to_string(++made);
    auto connection = ledger_postgres::Connection::open(server().target());
    ASSERT_TRUE(connection) << connection.error().message();
    ASSERT_TRUE(connection->run("CREATE DATABASE " + database_));
    std::filesystem::create_directory(directory_.file("ledger"));
    fill(1'200);
  }

  // One more of each kind than a batch holds, of entries; each costs something.
  void fill(int entries) {
    clock_.advance(std::chrono::hours(24 * 365 * 50));
    auto store = open_store({.path = ledger(), .postgres = {}},
                            {.directory = ledger(), .ring_bytes = 4 << 20, .writer = {.clock = &clock_}});
    ASSERT_TRUE(store) << store.error().message();
    ASSERT_TRUE((*store)->save_policy("p1", "{\"categories\":[]}"));
    ASSERT_TRUE((*store)->save_calibrations({{"openai", "m", "o200k", "a state"}}));
    for (int i = 0; i < entries; ++i) {
      clock_.advance(std::chrono::minutes(5));
      ledger::Entry entry = test::random_entry(random_, ids_.next(clock_.wall()));
      entry.started = clock_.wall();
      entry.bill.owner = i % 2 == 0 ? "acme" : "";
      entry.bill.charged = base::Money{1'000 + i};
      last_ = entry;
      while (!(*store)->sink(0).reserve()) ASSERT_TRUE((*store)->flush());
      (*store)->sink(0).append(entry);
    }
    ASSERT_TRUE((*store)->close());
    fill_others();
  }

  void fill_others() {
    const auto files = backend_at(ledger());
    const auto feedback = files->feedback(ledger::Access::kWriting);
    ASSERT_TRUE(feedback);
    ledger::Feedback said{.id = ids_.next(clock_.wall()), .decision = last_.id, .who = std::string("a\0b", 3)};
    said.category = "billing";
    said.comment = "\xff not UTF-8";
    said.slice = 0.1;
    ASSERT_TRUE((*feedback)->add(said, last_));
    said.id = ids_.next(clock_.wall());
    said.idempotency_key = "once";
    said.rating = -1;
    ASSERT_TRUE((*feedback)->add(said, last_));
    const auto registry = files->classifiers(ledger::Access::kWriting);
    ASSERT_TRUE(registry);
    for (const std::string& artefact : {std::string(3 << 20, 'x'), std::string("small")}) {
      const std::string version = base::sha256_hex(artefact);
      ASSERT_TRUE(
          (*registry)->add({.version = version, .origin = "trained", .made = clock_.wall(), .bytes = artefact.size()},
                           artefact, {.at = clock_.wall(), .kind = "registered", .version = version}));
    }
    const auto keys = files->keys(ledger::Access::kWriting);
    ASSERT_TRUE(keys);
    const auto audit = files->audit(ledger::Access::kWriting);
    ASSERT_TRUE(audit);
    ASSERT_TRUE((*audit)->note({.at = clock_.wall(), .who = "me", .kind = "signed in"}));
  }

  std::string ledger() const { return directory_.file("ledger"); }
  static test::PostgresServer& server() { return test::PostgresServer::shared(); }
  // An empty database of the test's own.
  ledger_postgres::Target target() const {
    ledger_postgres::Target out = server().target();
    constexpr std::string_view kDefault = ":///postgres?";
    out.url.replace(out.url.find(kDefault), kDefault.size(), ":///" + database_ + "?");
    return out;
  }
  Move move() const { return {.directory = ledger(), .target = target()}; }
  static void expect_same(const base::Result<std::vector<MovedPart>>& parts) {
    ASSERT_TRUE(parts) << parts.error().message();
    for (const MovedPart& one : *parts) {
      EXPECT_TRUE(one.same()) << one.name << ": " << one.rows << " rows, " << one.there << " there";
    }
  }
  base::Result<void> run(std::string_view sql) {
    PM_TRY(auto connection, ledger_postgres::Connection::open(target()));
    PM_CHECK(connection.run(sql));
    return {};
  }

  test::TemporaryDirectory directory_;
  std::string database_;
  base::ManualClock clock_;
  base::UuidGenerator ids_{7};
  base::Rng random_{7};
  ledger::Entry last_;
};

TEST_F(MoveTest, EverythingIsThereAndReadsTheSame) {
  const auto parts = move_ledger(move(), clock_.wall());
  expect_same(parts);
  const auto rows = [&](std::string_view name) {
    const auto at = std::ranges::find(*parts, name, &MovedPart::name);
    return at == parts->end() ? 0 : at->rows;
  };
  EXPECT_EQ(rows("entries"), 1'200U);
  EXPECT_EQ(rows("feedback"), 2U);
  EXPECT_EQ(rows("artefacts"), 2U);
  EXPECT_GT(rows("spend"), 0U);
  const ledger::BackendPtr there = backend_at(target().url);
  auto reader = there->reader();
  ASSERT_TRUE(reader) << reader.error().message();
  const auto entry = (*reader)->find(last_.id);
  ASSERT_TRUE(entry);
  ASSERT_TRUE(entry->has_value());
  EXPECT_EQ((*entry)->model, last_.model);
  const auto before = (*backend_at(ledger())->spend())->sum({}, {});
  const auto after = (*there->spend())->sum({}, {});
  ASSERT_TRUE(before && after);
  EXPECT_EQ(before->nanos, after->nanos);
  EXPECT_EQ(before->requests, after->requests);
}

TEST_F(MoveTest, GoesOnWhereItWasInterrupted) {
  // As if the database had gone away in the middle.
  Move interrupted = move();
  std::uint64_t seen = 0;
  interrupted.progress = [&](std::string_view what, std::uint64_t done, std::uint64_t) {
    if (what == "entries" && done >= 500 && seen == 0) {
      seen = done;
      server().stop(SIGQUIT);
    }
  };
  ASSERT_FALSE(move_ledger(interrupted, clock_.wall()));
  ASSERT_GT(seen, 0U);
  server().start();
  ASSERT_TRUE(run("SELECT 1 / (count(*) > 0 AND count(*) < 1200)::int FROM entries"));  // some, and not all
  expect_same(move_ledger(move(), clock_.wall()));
  expect_same(move_ledger(move(), clock_.wall()));  // and once more changes nothing
}

TEST_F(MoveTest, TellsWhatIsNotTheSame) {
  expect_same(move_ledger(move(), clock_.wall()));
  ASSERT_TRUE(run("UPDATE spend SET nanos = nanos + 1 WHERE user_id = 0 AND bucket = (SELECT max(bucket) FROM spend)"));
  ASSERT_TRUE(run("DELETE FROM audit_events"));
  // What was deleted is put back; what was changed is not overwritten.
  const auto parts = move_ledger(move(), clock_.wall());
  ASSERT_TRUE(parts);
  for (const MovedPart& one : *parts) EXPECT_EQ(one.same(), one.name != "spend") << one.name;
}

TEST_F(MoveTest, RefusesADatabaseThatHoldsSomethingElse) {
  expect_same(move_ledger(move(), clock_.wall()));
  ASSERT_TRUE(run("UPDATE ledger_moves SET source = '/elsewhere'"));
  const auto other = move_ledger(move(), clock_.wall());
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(other.error().message(), HasSubstr("/elsewhere"));
  ASSERT_TRUE(run("DELETE FROM ledger_moves"));
  const auto full = move_ledger(move(), clock_.wall());
  ASSERT_FALSE(full);
  EXPECT_THAT(full.error().message(), HasSubstr("holds a ledger already"));
}

TEST_F(MoveTest, RefusesFilesThatSomebodyServesFrom) {
  const auto store = open_store({.path = ledger(), .postgres = {}}, {.directory = ledger(), .writer = {}});
  ASSERT_TRUE(store);
  const auto moved = move_ledger(move(), clock_.wall());
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(MoveTest, SaysWhereThereIsNoLedger) {
  const auto moved = move_ledger({.directory = directory_.file("nothing"), .target = target()}, clock_.wall());
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace pointsman::ledger_drivers
