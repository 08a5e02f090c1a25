#include "ledger_postgres/schema.h"

#include <gmock/gmock.h>

#include <barrier>
#include <thread>

#include "ledger_postgres/session.h"
#include "support/postgres_server.h"

namespace pointsman::ledger_postgres {
namespace {

class SchemaTest : public testing::Test {
 protected:
  void SetUp() override { PM_NEEDS_POSTGRES(); }
  static std::int64_t version(const test::TestSchema& schema) {
    return schema.integer("SELECT max(version) FROM pointsman_schema");
  }
  // All columns and indexes, in an order of their own.
  static std::string shape(const test::TestSchema& schema) {
    const auto rows = schema.run(
        "SELECT string_agg(line, E'\\n' ORDER BY line) FROM ("
        "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || coalesce(collation_name, "
        "'') "
        "AS line FROM information_schema.columns WHERE table_schema = current_schema() "
        "UNION ALL SELECT regexp_replace(indexdef, 'test_[0-9]+', 'x', 'g') FROM pg_indexes "
        "WHERE schemaname = current_schema()) AS all_of_it");
    EXPECT_TRUE(rows.has_value()) << rows.error().message();
    return rows ? rows->text(0, 0) : "";
  }
};

TEST_F(SchemaTest, ComesToTheSameFromEveryEarlierVersion) {
  ASSERT_GE(newest_schema(), 2U);
  const test::TestSchema fresh;
  ASSERT_TRUE(prepare_schema(fresh.target()).has_value());
  EXPECT_THAT(shape(fresh), testing::HasSubstr("entries.record bytea"));
  for (std::size_t from = 1; from <= newest_schema(); ++from) {
    const test::TestSchema old;
    ASSERT_TRUE(prepare_schema(old.target(), from).has_value());
    ASSERT_EQ(version(old), static_cast<std::int64_t>(from));
    ASSERT_TRUE(old.run("INSERT INTO policies VALUES('v', 'kept')").has_value());
    const auto done = prepare_schema(old.target());
    ASSERT_TRUE(done.has_value()) << done.error().message();
    EXPECT_EQ(version(old), static_cast<std::int64_t>(newest_schema()));
    EXPECT_EQ(shape(old), shape(fresh)) << "from version " << from;
    EXPECT_EQ(old.integer("SELECT count(*) FROM policies"), 1);
  }
}

TEST_F(SchemaTest, ManyMayStartAtOnce) {
  const test::TestSchema schema;
  constexpr int kReplicas = 4;
  std::barrier begin(kReplicas);
  std::vector<std::thread> replicas;
  for (int i = 0; i < kReplicas; ++i) {
    replicas.emplace_back([&] {
      begin.arrive_and_wait();
      const auto done = prepare_schema(schema.target());
      EXPECT_TRUE(done.has_value()) << done.error().message();
    });
  }
  for (std::thread& one : replicas) one.join();
  EXPECT_EQ(version(schema), static_cast<std::int64_t>(newest_schema()));
  EXPECT_EQ(schema.integer("SELECT count(*) FROM pointsman_schema"), static_cast<std::int64_t>(newest_schema()));
}

TEST_F(SchemaTest, AStepThatFailsLeavesTheVersionBefore) {
  const test::TestSchema schema;
  ASSERT_TRUE(prepare_schema(schema.target(), 1).has_value());
  ASSERT_TRUE(schema.run("CREATE TABLE calibrations(in_the_way int)").has_value());
  const auto failed = prepare_schema(schema.target());
  ASSERT_FALSE(failed.has_value());
  EXPECT_THAT(failed.error().message(), testing::HasSubstr("version 2"));
  EXPECT_EQ(version(schema), 1);
  EXPECT_FALSE(schema.run("SELECT 1 FROM spend").has_value());
  ASSERT_TRUE(schema.run("DROP TABLE calibrations").has_value());
  EXPECT_TRUE(prepare_schema(schema.target()).has_value());
}

TEST_F(SchemaTest, RefusesTheTablesOfANewerProgram) {
  const test::TestSchema schema;
  ASSERT_TRUE(prepare_schema(schema.target()).has_value());
  ASSERT_TRUE(schema.run("INSERT INTO pointsman_schema VALUES(999)").has_value());
  const auto refused = Session::open(schema.target());
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), base::ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace pointsman::ledger_postgres
