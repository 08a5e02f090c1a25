// What replicas hear of each other, and who leads; on a PostgreSQL of the test's own.
#include "ledger_postgres/change_listener.h"

#include <gtest/gtest.h>

#include <thread>

#include "ledger_postgres/session.h"
#include "support/postgres_server.h"

namespace pointsman::ledger_postgres {
namespace {

using ledger::Change;

// There is nothing else to wait for: the other side is a thread and a server.
template <class Look>
bool soon(Look look) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!look()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

class ChangeListenerTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!server().missing().empty()) GTEST_SKIP() << server().missing();
  }
  static test::PostgresServer& server() { return test::PostgresServer::shared(); }
  // What was told at the start: something may have been missed before.
  static void settle(ledger::ChangeFeed& feed) {
    ASSERT_TRUE(soon([&] { return feed.take(Change::kKeys) && feed.connected(); }));
    feed.take(Change::kLearning);
  }
  static void write(Lock lock) {
    auto session = Session::open(server().target());
    ASSERT_TRUE(session) << session.error().message();
    ASSERT_TRUE(session->write(lock, [](Connection&) -> base::Result<void> { return {}; }));
  }
};

TEST_F(ChangeListenerTest, TellsOfWhatWasChangedAndOfNothingElse) {
  const auto feed = listen_for_changes(server().target());
  // The listener's first beat is over once it leads.
  ASSERT_TRUE(soon([&] { return feed->leads(); }));
  settle(*feed);
  EXPECT_FALSE(feed->take(Change::kKeys));
  write(Lock::kKeys);
  EXPECT_TRUE(soon([&] { return feed->take(Change::kKeys); }));
  EXPECT_FALSE(feed->take(Change::kKeys));
  EXPECT_FALSE(feed->take(Change::kLearning));
  write(Lock::kLearning);
  EXPECT_TRUE(soon([&] { return feed->take(Change::kLearning); }));
  EXPECT_FALSE(feed->take(Change::kKeys));
}

TEST_F(ChangeListenerTest, OneLeadsAndAnotherTakesItsPlace) {
  auto first = listen_for_changes(server().target());
  ASSERT_TRUE(soon([&] { return first->leads(); }));
  const auto second = listen_for_changes(server().target());
  settle(*second);
  EXPECT_FALSE(second->leads());
  first.reset();
  EXPECT_TRUE(soon([&] { return second->leads(); }));
}

TEST_F(ChangeListenerTest, WhoIsCutOffLeadsNoMoreAndMayHaveMissedSomething) {
  test::PostgresServer own;
  const auto feed = listen_for_changes(own.target());
  ASSERT_TRUE(soon([&] { return feed->leads(); }));
  settle(*feed);
  own.stop(SIGQUIT);
  EXPECT_TRUE(soon([&] { return !feed->leads() && !feed->connected(); }));
  own.start();
  EXPECT_TRUE(soon([&] { return feed->take(Change::kKeys) && feed->take(Change::kLearning); }));
  EXPECT_TRUE(soon([&] { return feed->leads(); }));
}

}  // namespace
}  // namespace pointsman::ledger_postgres
