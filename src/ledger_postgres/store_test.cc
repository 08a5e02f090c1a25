#include "ledger_postgres/store.h"

#include <gmock/gmock.h>

#include "ledger_postgres/calibrations.h"
#include "ledger_postgres/forget.h"
#include "ledger_postgres/partitions.h"
#include "ledger_postgres/reader.h"
#include "ledger_postgres/spend_reader.h"
#include "support/calibrations_contract.h"
#include "support/entry_store_contract.h"
#include "support/postgres_server.h"
#include "support/spend_contract.h"

namespace pointsman::test {

// One schema of the shared server.
struct PostgresDriver {
  static std::string missing() { return PostgresServer::shared().missing(); }
  TestSchema schema;
};

struct PostgresEntries : PostgresDriver {
  base::Result<std::unique_ptr<journal::Store>> store(const journal::StoreOptions& options) const {
    return ledger_postgres::open_store(schema.target(), options);
  }
  std::unique_ptr<ledger::Reader> reader() const { return opened(ledger_postgres::open_reader(schema.target())); }
  base::Result<std::uint64_t> count(const ledger::Filter& filter) const {
    return ledger_postgres::count_entries(schema.target(), filter);
  }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, EntryStoreContract, PostgresEntries);

struct PostgresSpend : PostgresDriver {
  std::unique_ptr<journal::Destination> destination() const {
    return opened(ledger_postgres::open_destination(schema.target(), {}));
  }
  std::unique_ptr<ledger::SpendReader> reader() const {
    return opened(ledger_postgres::open_spend_reader(schema.target()));
  }
  std::int64_t spend_rows(const std::string& condition) const {
    return schema.integer("SELECT count(*) FROM spend WHERE " + (condition == "1" ? "true" : condition));
  }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, SpendContract, PostgresSpend);

struct PostgresCalibrations : PostgresSpend {
  base::Result<std::vector<ledger::KeptCalibration>> read() const {
    PM_TRY(auto session, ledger_postgres::Session::open(schema.target()));
    return ledger_postgres::read_calibrations(session);
  }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Postgres, CalibrationsContract, PostgresCalibrations);

}  // namespace pointsman::test

namespace pointsman::ledger_postgres {
namespace {

using testing::HasSubstr;

constexpr base::WallTime kNow{std::chrono::seconds(1'700'000'000)};  // 2023-11-14

class PostgresStoreTest : public testing::Test {
 protected:
  explicit PostgresStoreTest(test::PostgresServer& server = test::PostgresServer::shared()) : schema_(server) {
    options_.directory = directory_.file("journals");
    options_.ring_bytes = 1 << 20;
    options_.writer.clock = &clock_;
  }
  void SetUp() override { PM_NEEDS_POSTGRES(); }

  std::unique_ptr<journal::Store> open() { return test::opened(open_store(schema_.target(), options_)); }
  ledger::Entry entry(base::WallTime time) {
    ledger::Entry made = test::charged_entry(rng_, ids_.next(time));
    made.bill.owner = "acme";
    made.bill.charged = base::Money{5};
    return made;
  }
  void append(journal::Store& store, int entries, base::WallTime time = kNow) {
    for (int i = 0; i < entries; ++i) {
      const auto room = store.sink(0).reserve();
      ASSERT_TRUE(room.has_value()) << room.error().message();
      store.sink(0).append(entry(time));
    }
  }
  std::int64_t count() const { return schema_.integer("SELECT count(*) FROM entries"); }
  std::string partitions() const {
    const auto rows = schema_.run(
        "SELECT string_agg(right(inhrelid::regclass::text, 8), ' ' ORDER BY 1) FROM (SELECT inhrelid FROM pg_inherits "
        "WHERE inhparent = 'entries'::regclass ORDER BY inhrelid::regclass::text) AS one");
    return rows ? rows->text(0, 0) : rows.error().message();
  }

  test::TemporaryDirectory directory_;
  test::TestSchema schema_;
  journal::StoreOptions options_;
  base::ManualClock clock_{kNow};
  base::Rng rng_{1};
  base::UuidGenerator ids_{1};
};

TEST_F(PostgresStoreTest, EveryDayHasItsPartitionMadeAheadAndOnDemand) {
  const auto store = open();
  ASSERT_TRUE(store->prune().has_value());
  EXPECT_EQ(partitions(), "20231114 20231115");
  append(*store, 2, kNow + std::chrono::days(9));
  append(*store, 2, kNow + std::chrono::days(10));
  ASSERT_TRUE(store->flush().has_value());
  EXPECT_EQ(partitions(), "20231114 20231115 20231123 20231124");
  EXPECT_EQ(schema_.integer("SELECT count(*) FROM entries_20231123"), 2);
}

TEST_F(PostgresStoreTest, RetentionDropsDaysOnceAllInThemIsTooOld) {
  options_.writer.retention.max_age = std::chrono::hours(48);
  const auto store = open();
  for (int day = 0; day < 5; ++day) append(*store, 3, kNow + std::chrono::days(day));
  ASSERT_TRUE(store->flush().has_value());
  clock_.advance(std::chrono::days(4));
  ASSERT_TRUE(store->prune().has_value());
  EXPECT_EQ(partitions(), "20231116 20231117 20231118 20231119");
  EXPECT_EQ(count(), 9);
}

TEST_F(PostgresStoreTest, RetentionDropsTheOldestDaysBeyondTheSizeButNeverToday) {
  options_.writer.retention.max_bytes = 1;
  const auto store = open();
  for (int day = 0; day < 3; ++day) append(*store, 3, kNow + std::chrono::days(day));
  ASSERT_TRUE(store->flush().has_value());
  clock_.advance(std::chrono::days(2));
  ASSERT_TRUE(store->prune().has_value());
  EXPECT_EQ(partitions(), "20231116 20231117");
  EXPECT_EQ(count(), 3);
}

TEST_F(PostgresStoreTest, ADayThatAnotherReplicaDroppedIsMadeAgainWhenItIsNeeded) {
  const auto store = open();
  append(*store, 1);
  ASSERT_TRUE(store->flush().has_value());
  ASSERT_TRUE(schema_.run("DROP TABLE entries_20231114").has_value());
  append(*store, 1);
  const auto done = store->flush();
  ASSERT_TRUE(done.has_value()) << done.error().message();
  EXPECT_EQ(count(), 1);
}

TEST_F(PostgresStoreTest, TwoReplicasWriteTheSameSumsAtOnce) {
  auto others = options_;
  others.directory = directory_.file("others");
  const auto one = open();
  const auto two = test::opened(open_store(schema_.target(), others));
  base::UuidGenerator ids(9);
  std::thread rival([&] {
    base::Rng rng(2);
    for (int i = 0; i < 300; ++i) {
      ledger::Entry made = test::charged_entry(rng, ids.next(kNow));
      made.bill = {.owner = "acme", .charged = base::Money{5}};
      while (!two->sink(0).reserve()) std::this_thread::yield();
      two->sink(0).append(made);
      if (i % 10 == 0) EXPECT_TRUE(two->flush().has_value());
    }
    EXPECT_TRUE(two->flush().has_value());
  });
  for (int i = 0; i < 30; ++i) {
    append(*one, 10);
    EXPECT_TRUE(one->flush().has_value());
  }
  rival.join();
  EXPECT_EQ(count(), 600);
  EXPECT_EQ(test::opened(open_spend_reader(schema_.target()))->sum({.owner = "acme"}, {})->nanos, 3000);
}

TEST_F(PostgresStoreTest, TextsThatPostgresCannotHoldAreStoredAndFound) {
  const auto store = open();
  ledger::Entry odd = entry(kNow);
  odd.category = std::string("a\0\xff", 3);
  odd.model = "\xed\xa0\x80";
  store->sink(0).append(odd);
  ASSERT_TRUE(store->flush().has_value());
  std::vector<base::Uuid> found;
  const auto reader = test::opened(open_reader(schema_.target()));
  ledger::Filter filter;
  filter.category = odd.category;
  ASSERT_TRUE(reader->scan(filter, [&](const ledger::Entry& one) {
    EXPECT_EQ(one.category, odd.category);
    found.push_back(one.id);
    return true;
  }));
  EXPECT_EQ(found, std::vector{odd.id});
  filter.category = std::string("a\xff\0", 3);
  ASSERT_TRUE(reader->scan(filter, [&](const ledger::Entry&) {
    ADD_FAILURE() << "looks the same to PostgreSQL, and is not";
    return true;
  }));
}

TEST_F(PostgresStoreTest, AForgottenUserAndKeyAreGoneAndOwnersKeepWhatWasSpent) {
  const auto store = open();
  append(*store, 200);
  ASSERT_TRUE(store->flush().has_value());
  const auto reader = test::opened(open_spend_reader(schema_.target()));
  const auto before = reader->sum({.owner = "acme"}, {}).value();
  const std::int64_t theirs = schema_.integer("SELECT count(*) FROM entries WHERE user_id = 7 OR key = 'ci'");
  EXPECT_GT(theirs, 20);
  const auto removed = forget_entries(schema_.target(), {.user = 7, .key = "ci"});
  ASSERT_TRUE(removed.has_value()) << removed.error().message();
  EXPECT_EQ(static_cast<std::int64_t>(*removed), theirs);
  EXPECT_EQ(count(), 200 - theirs);
  EXPECT_EQ(reader->sum({.owner = "acme"}, {}).value(), before);
  EXPECT_EQ(reader->sum({.key = "ci"}, {}).value(), ledger::Spend());
  EXPECT_EQ(reader->sum({.user = 7}, {}).value(), ledger::Spend());
  EXPECT_EQ(schema_.integer("SELECT count(*) FROM spend WHERE key = 'ci' OR user_id = 7"), 0);
}

// A server of their own, which they stop and start.
class PostgresAwayTest : public PostgresStoreTest {
 protected:
  PostgresAwayTest() : PostgresStoreTest(running_server()) {}
  static test::PostgresServer& server() {
    static test::PostgresServer own;
    return own;
  }

 private:
  // A test before this one may have left it stopped.
  static test::PostgresServer& running_server() {
    if (server().missing().empty() && !server().running()) server().start();
    return server();
  }
};

TEST_F(PostgresAwayTest, WhileItIsAwayTheJournalsHoldWhatComesAndThenAllIsThereOnce) {
  const auto store = open();
  append(*store, 3);
  ASSERT_TRUE(store->flush().has_value());
  server().stop(SIGQUIT);
  append(*store, 50);
  const auto away = store->flush();
  ASSERT_FALSE(away.has_value());
  EXPECT_FALSE(store->failed()) << "requests go on";
  EXPECT_EQ(store->waiting_rows(), 50U);
  server().start();
  const auto back = store->flush();
  ASSERT_TRUE(back.has_value()) << back.error().message();
  EXPECT_EQ(count(), 53);
  EXPECT_EQ(test::opened(open_spend_reader(schema_.target()))->sum({.owner = "acme"}, {})->requests, 53);
}

TEST_F(PostgresAwayTest, RequestsAreRefusedOnceTheJournalIsFullAndAdmittedWhenItIsBack) {
  options_.ring_bytes = 64 << 10;
  const auto store = open();
  server().stop(SIGQUIT);
  int taken = 0;
  while (store->sink(0).reserve()) {
    store->sink(0).append(entry(kNow));
    ASSERT_LT(++taken, 10'000);
  }
  EXPECT_GT(taken, 10);
  const auto refused = store->sink(0).reserve();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), base::ErrorCode::kOverloaded);
  server().start();
  ASSERT_TRUE(store->flush().has_value());
  EXPECT_EQ(count(), taken);
  EXPECT_TRUE(store->sink(0).reserve().has_value());
}

TEST_F(PostgresAwayTest, WhatAClosingStoreCouldNotWriteIsThereAfterTheNextStart) {
  {
    const auto store = open();
    append(*store, 2);
    ASSERT_TRUE(store->flush().has_value());
    server().stop(SIGQUIT);
    append(*store, 5);
    EXPECT_FALSE(store->close().has_value());
  }
  const auto without = open_store(schema_.target(), options_);
  ASSERT_FALSE(without.has_value()) << "it cannot start without its database";
  EXPECT_EQ(without.error().code(), base::ErrorCode::kConnect);
  server().start();
  const auto store = open();
  EXPECT_EQ(store->recovered(), 5U);
  EXPECT_EQ(count(), 7);
}

TEST_F(PostgresAwayTest, ADatabaseThatIsReadOnlyForATimeLosesNothing) {
  const auto store = open();
  const auto set = [&](const char* value) {
    ASSERT_TRUE(schema_.run(std::string("ALTER DATABASE postgres SET default_transaction_read_only = ") + value));
  };
  set("on");
  // The connection that is open knows nothing of it; a new one does.
  server().stop(SIGQUIT);
  server().start();
  append(*store, 4);
  ASSERT_FALSE(store->flush().has_value());
  EXPECT_FALSE(store->failed());
  auto connection = Connection::open(schema_.target());
  ASSERT_TRUE(connection->run("SET default_transaction_read_only = off").has_value());
  ASSERT_TRUE(connection->run("ALTER DATABASE postgres SET default_transaction_read_only = off").has_value());
  const auto back = store->flush();
  ASSERT_TRUE(back.has_value()) << back.error().message();
  EXPECT_EQ(count(), 4);
}

}  // namespace
}  // namespace pointsman::ledger_postgres
