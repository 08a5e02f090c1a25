// Configurations that replicas share; on a PostgreSQL of the test's own.
#include "ledger_postgres/config_store.h"

#include <gtest/gtest.h>

#include "support/postgres_server.h"

namespace pointsman::ledger_postgres {
namespace {

using ledger::ConfigDocument;

class ConfigStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::PostgresServer::shared().missing().empty()) GTEST_SKIP() << test::PostgresServer::shared().missing();
    auto opened = open_config_store(schema_.emplace(test::PostgresServer::shared()).target());
    ASSERT_TRUE(opened) << opened.error().message();
    store_ = std::move(*opened);
  }
  static ConfigDocument saying(std::string text) {
    return {.at = base::WallTime(std::chrono::hours(1)), .who = "me", .text = std::move(text)};
  }

  std::optional<test::TestSchema> schema_;
  std::unique_ptr<ledger::ConfigStore> store_;
};

TEST_F(ConfigStoreTest, TheNewestCountsAndNoneIsLost) {
  EXPECT_FALSE(store_->newest()->has_value());
  EXPECT_EQ(store_->put(saying("a: 1\n")).value(), 1);
  EXPECT_EQ(store_->put(saying("a: 2\n")).value(), 2);
  EXPECT_EQ(store_->newest()->value().text, "a: 2\n");
  EXPECT_EQ(store_->find(1)->text, "a: 1\n");
  EXPECT_EQ(store_->find(1)->who, "me");
  EXPECT_EQ(store_->find(1)->at, base::WallTime(std::chrono::hours(1)));
  const auto all = store_->list(10);
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ(all->front().number, 2);
  EXPECT_EQ(store_->list(1)->size(), 1U);
}

TEST_F(ConfigStoreTest, TheSameAgainIsNotANewOneButGoingBackIs) {
  EXPECT_EQ(store_->put(saying("a: 1\n")).value(), 1);
  EXPECT_EQ(store_->put(saying("a: 1\n")).value(), 1);
  EXPECT_EQ(store_->put(saying("a: 2\n")).value(), 2);
  EXPECT_EQ(store_->put(saying("a: 1\n")).value(), 3);
}

TEST_F(ConfigStoreTest, SaysWhichThereIsNot) {
  const auto found = store_->find(7);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), base::ErrorCode::kNotFound);
}

}  // namespace
}  // namespace pointsman::ledger_postgres
