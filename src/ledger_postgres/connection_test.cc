#include "ledger_postgres/connection.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <limits>

#include "ledger_postgres/session.h"
#include "support/postgres_server.h"

namespace pointsman::ledger_postgres {
namespace {

using base::ErrorCode;
using testing::HasSubstr;

class ConnectionTest : public testing::Test {
 protected:
  void SetUp() override { PM_NEEDS_POSTGRES(); }
  Connection open() {
    auto connection = Connection::open(schema_.target());
    EXPECT_TRUE(connection.has_value()) << connection.error().message();
    return std::move(*connection);
  }
  test::TestSchema schema_;
};

TEST_F(ConnectionTest, GivesBackValuesOfEveryTypeAsTheyWere) {
  Connection connection = open();
  const std::string bytes("a\0b\xff\x80", 5);
  const base::Uuid id = base::Uuid::at(base::WallTime(std::chrono::seconds(1'700'000'000)));
  const base::WallTime time(std::chrono::microseconds(1'700'000'000'123'456));
  Params params;
  params.integer(std::numeric_limits<std::int64_t>::min()).integer({}).text("häßlich").bytes(bytes).real(-0.05);
  params.boolean(true).uuid(id).time(time).null_or_bytes("");
  const auto rows = connection.run("SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, 7::smallint, -7::int", params);
  ASSERT_TRUE(rows.has_value()) << rows.error().message();
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_EQ(rows->integer(0, 0), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(rows->optional_integer(0, 1), std::nullopt);
  EXPECT_EQ(rows->bytes(0, 2), "häßlich");
  EXPECT_EQ(rows->bytes(0, 3), bytes);
  EXPECT_EQ(rows->real(0, 4), -0.05);
  EXPECT_TRUE(rows->boolean(0, 5));
  EXPECT_EQ(rows->uuid(0, 6).value(), id);
  EXPECT_EQ(rows->time(0, 7), time);
  EXPECT_TRUE(rows->is_null(0, 8));
  EXPECT_EQ(rows->integer(0, 9), 7);
  EXPECT_EQ(rows->integer(0, 10), -7);
  EXPECT_EQ(rows->integer(1, 0), 0) << "there is no such row";
  EXPECT_EQ(rows->bytes(0, 11), "") << "nor such a column";
}

TEST_F(ConnectionTest, ArraysAreRows) {
  Connection connection = open();
  Array numbers(Type::kInt8);
  Array texts(Type::kText);
  for (int i = 0; i < 3; ++i) {
    numbers.integer(i == 1 ? std::nullopt : std::optional<std::int64_t>(i));
    texts.text("t\0"[i == 2 ? 1 : 0] == '\0' ? std::string_view("\0x", 2) : "t");
  }
  Params params;
  params.array(numbers).array(texts).array(Array(Type::kUuid));
  const auto rows =
      connection.run("SELECT a, b FROM unnest($1::bigint[], $2::text[]) AS x(a, b) WHERE $3::uuid[] = '{}'", params);
  ASSERT_TRUE(rows.has_value()) << rows.error().message();
  ASSERT_EQ(rows->size(), 3U);
  EXPECT_EQ(rows->integer(0, 0), 0);
  EXPECT_TRUE(rows->is_null(1, 0));
  EXPECT_EQ(rows->integer(2, 0), 2);
  EXPECT_EQ(rows->bytes(1, 1), "t");
  EXPECT_EQ(rows->bytes(2, 1), "\xEF\xBF\xBDx") << "no text holds a zero";
}

TEST_F(ConnectionTest, TellsWhatTheServerRefusedWithoutAnyValueAndGoesOn) {
  Connection connection = open();
  ASSERT_TRUE(connection.run("CREATE TABLE t(a text PRIMARY KEY)").has_value());
  ASSERT_TRUE(connection.run("INSERT INTO t VALUES($1)", Params().text("secret words")).has_value());
  const auto twice = connection.run("INSERT INTO t VALUES($1)", Params().text("secret words"));
  ASSERT_FALSE(twice.has_value());
  EXPECT_EQ(twice.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(twice.error().retry(), base::Retry::kSameTarget);
  EXPECT_EQ(connection.failed_state(), "23505");
  EXPECT_THAT(twice.error().message(), testing::Not(HasSubstr("secret")));
  EXPECT_FALSE(connection.broken());
  EXPECT_FALSE(connection.run("no SQL at all").has_value());
  EXPECT_FALSE(connection.run("SELECT 1; SELECT 2").has_value()) << "one statement at a time";
  EXPECT_EQ(connection.run("SELECT 1")->integer(0, 0), 1);
  EXPECT_EQ(connection.failed_state(), "");
}

TEST_F(ConnectionTest, StatementsSentTogetherAreOneTransaction) {
  Connection connection = open();
  ASSERT_TRUE(connection.run("CREATE TABLE t(a bigint PRIMARY KEY)").has_value());
  const auto insert = [](int value) { return Query{"INSERT INTO t VALUES($1)", Params().integer(value)}; };
  const auto both = connection.run_all(std::vector<Query>{insert(1), insert(2), {"SELECT count(*) FROM t"}});
  ASSERT_TRUE(both.has_value()) << both.error().message();
  ASSERT_EQ(both->size(), 3U);
  EXPECT_EQ(both->at(0).changed(), 1U);
  EXPECT_EQ(both->at(2).integer(0, 0), 2);
  const auto failed = connection.run_all(std::vector<Query>{insert(3), insert(2), insert(4)});
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(connection.failed_state(), "23505");
  EXPECT_EQ(connection.run("SELECT count(*) FROM t")->integer(0, 0), 2);
}

TEST_F(ConnectionTest, MegabytesGoBothWaysInOnePipeline) {
  Connection connection = open();
  const std::string large(1 << 20, 'x');
  const std::vector<Query> all(6, Query{"SELECT $1", Params().bytes(large)});
  const auto rows = connection.run_all(all);
  ASSERT_TRUE(rows.has_value()) << rows.error().message();
  for (const Rows& one : *rows) EXPECT_EQ(one.bytes(0, 0), large);
}

TEST_F(ConnectionTest, AStatementThatTakesTooLongBreaksTheConnection) {
  Target target = schema_.target();
  target.timeout = std::chrono::milliseconds(50);
  auto connection = Connection::open(target);
  ASSERT_TRUE(connection.has_value());
  const auto late = connection->run("SELECT pg_sleep(60)");
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code(), ErrorCode::kTimeout);
  EXPECT_TRUE(connection->broken());
  EXPECT_EQ(connection->run("SELECT 1").error().code(), ErrorCode::kReset);
}

TEST_F(ConnectionTest, AnEndedConnectionIsBrokenAndASessionMakesAnother) {
  Connection killer = open();
  auto session = Session::open(schema_.target());
  ASSERT_TRUE(session.has_value()) << session.error().message();
  const auto end = [&] {
    const std::int64_t pid = session->read("SELECT pg_backend_pid()")->integer(0, 0);
    ASSERT_TRUE(killer.run("SELECT pg_terminate_backend($1::int, 10000)", Params().integer(pid)).has_value());
  };
  end();
  EXPECT_EQ(session->read("SELECT 5")->integer(0, 0), 5);
  end();
  int runs = 0;
  EXPECT_TRUE(session->write(Lock::kKeys, [&](Connection&) -> base::Result<void> {
    ++runs;
    return {};
  }));
  EXPECT_EQ(runs, 1);
  const auto lost = session->write(Lock::kKeys, [&](Connection& connection) -> base::Result<void> {
    end();
    PM_CHECK(connection.run("SELECT 1"));
    return {};
  });
  ASSERT_FALSE(lost.has_value()) << "nobody knows what a transaction did that was cut";
  EXPECT_EQ(session->read("SELECT 6")->integer(0, 0), 6);
}

TEST_F(ConnectionTest, WhatIsThrownInATransactionLeavesNoneOpen) {
  auto session = Session::open(schema_.target());
  ASSERT_TRUE(session.has_value());
  ASSERT_TRUE(session->write("CREATE TABLE t(a bigint)", {}).has_value());
  const auto thrower = [](Connection& connection) -> base::Result<void> {
    PM_CHECK(connection.run("INSERT INTO t VALUES(1)"));
    throw std::bad_alloc();
  };
  EXPECT_THROW(static_cast<void>(session->write(Lock::kKeys, thrower)), std::bad_alloc);
  EXPECT_THROW(static_cast<void>(session->try_write(Lock::kUpkeep, thrower)), std::bad_alloc);
  ASSERT_TRUE(session->write("INSERT INTO t VALUES(2)", {}).has_value());
  auto other = Session::open(schema_.target());
  ASSERT_TRUE(other.has_value());
  EXPECT_EQ(other->read("SELECT sum(a)::bigint FROM t")->integer(0, 0), 2) << "only what was committed";
}

TEST_F(ConnectionTest, ATransactionThatFailsLeavesNothingAndTheLockIsFree) {
  auto session = Session::open(schema_.target());
  ASSERT_TRUE(session.has_value());
  ASSERT_TRUE(session->write("CREATE TABLE t(a bigint)", {}).has_value());
  const auto failed = session->write(Lock::kKeys, [](Connection& connection) -> base::Result<void> {
    PM_CHECK(connection.run("INSERT INTO t VALUES(1)"));
    return base::fail(ErrorCode::kInvalidArgument, "no");
  });
  EXPECT_EQ(failed.error().message(), "no");
  auto other = Session::open(schema_.target());
  ASSERT_TRUE(other->write(Lock::kKeys, [](Connection& connection) -> base::Result<void> {
    PM_CHECK(connection.run("INSERT INTO t VALUES(2)"));
    return {};
  }));
  EXPECT_EQ(session->read("SELECT count(*) FROM t WHERE a = 2")->integer(0, 0), 1);
  EXPECT_EQ(session->read("SELECT count(*) FROM t")->integer(0, 0), 1);
}

TEST_F(ConnectionTest, RefusesADatabaseInAnotherEncoding) {
  Connection connection = open();
  ASSERT_TRUE(connection.run("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0").has_value());
  Target target = schema_.target();
  target.url.replace(target.url.find("/postgres"), 9, "/latin");
  const auto refused = Connection::open(target);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kUnsupported);
  EXPECT_THAT(refused.error().message(), HasSubstr("LATIN1"));
}

TEST(ConnectionWithoutServer, IsRefusedWithinItsTime) {
  const auto nowhere = Connection::open({.url = "postgresql:///x?host=/nowhere", .password = {}});
  ASSERT_FALSE(nowhere.has_value());
  EXPECT_EQ(nowhere.error().code(), ErrorCode::kConnect);
  // One that takes the connection and says nothing.
  const int silent = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(silent, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(silent, 1), 0);
  ASSERT_EQ(::getsockname(silent, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const auto deaf =
      Connection::open({.url = "postgresql://x@127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/x",
                        .password = base::Secret("hush"),
                        .connect_timeout = std::chrono::milliseconds(50)});
  ::close(silent);
  ASSERT_FALSE(deaf.has_value());
  EXPECT_EQ(deaf.error().code(), ErrorCode::kConnect);
  EXPECT_THAT(deaf.error().message(), testing::Not(HasSubstr("hush")));
}

}  // namespace
}  // namespace pointsman::ledger_postgres
