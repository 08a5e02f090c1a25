#include "ledger_sqlite/schema.h"

#include <gtest/gtest.h>

#include "ledger/entry_codec.h"
#include "ledger_sqlite/inserter.h"
#include "support/random_entry.h"
#include "support/temporary_directory.h"

namespace pointsman::ledger_sqlite {
namespace {

// What entries were kept in before they had rowids.
constexpr const char* kWithoutRowid =
    "DROP TABLE entries;"
    "CREATE TABLE entries(id BLOB PRIMARY KEY, category TEXT NOT NULL, model TEXT NOT NULL, stage TEXT NOT NULL, "
    "outcome INTEGER NOT NULL, input_tokens INTEGER, cached_input_tokens INTEGER, output_tokens INTEGER, cost INTEGER, "
    "baseline_cost INTEGER, overhead_us INTEGER NOT NULL, total_us INTEGER NOT NULL, record BLOB NOT NULL) "
    "WITHOUT ROWID;"
    "PRAGMA user_version=3";

class SchemaTest : public testing::Test {
 protected:
  SchemaTest() {
    auto opened = Database::open(directory_.file("ledger.sqlite"), OpenMode::kReadWriteCreate);
    EXPECT_TRUE(opened.has_value());
    database_ = std::move(*opened);
    EXPECT_TRUE(prepare_schema(database_).has_value());
  }

  // Entries with that many features each, a second after the other.
  void insert(int entries, std::size_t features) {
    std::vector<std::string> records;
    for (int i = 0; i < entries; ++i) {
      ledger::Entry entry = test::typical_entry(base::Uuid::at(base::WallTime(std::chrono::seconds(1000 + i))));
      entry.features.resize(features);
      records.emplace_back(8192, '\0');
      records.back().resize(ledger::encode(entry, records.back()));
    }
    auto inserter = Inserter::prepare(database_);
    ASSERT_TRUE(inserter.has_value());
    std::vector<PendingRow> rows;
    for (const std::string& record : records) rows.push_back({ledger::decode_summary(record)->id, record});
    ASSERT_TRUE(inserter->insert(database_, rows).has_value());
  }

  std::int64_t query(std::string_view sql) {
    const auto found = database_.query_integer(sql);
    EXPECT_TRUE(found.has_value()) << sql;
    return found.value_or(-1);
  }

  test::TemporaryDirectory directory_;
  Database database_;
};

TEST_F(SchemaTest, AnEntryWithTheFeaturesOfItsPromptTakesLittleMoreThanItsBytes) {
  const std::int64_t before = query("PRAGMA page_count");
  insert(300, 400);
  const std::int64_t bytes = query("SELECT sum(length(record)) FROM entries");
  EXPECT_GT(bytes, 300 * 2000) << "more than a table without rowids keeps in one piece";
  EXPECT_LT((query("PRAGMA page_count") - before) * query("PRAGMA page_size"), bytes * 3 / 2);
}

TEST_F(SchemaTest, EntriesOfAnOlderFileAreMovedWhole) {
  ASSERT_TRUE(database_.execute(kWithoutRowid).has_value());
  insert(50, 400);
  ASSERT_TRUE(database_.execute("CREATE TEMP TABLE kept AS SELECT * FROM entries").has_value());
  ASSERT_TRUE(prepare_schema(database_).has_value());
  EXPECT_EQ(query("SELECT count(*) FROM entries"), 50);
  EXPECT_EQ(query("SELECT count(*) FROM (SELECT * FROM kept EXCEPT SELECT * FROM entries)"), 0);
  EXPECT_EQ(query("SELECT count(rowid) FROM entries"), 50);
}

TEST_F(SchemaTest, AnIdIsKeptOnce) {
  insert(3, 1);
  insert(3, 1);
  EXPECT_EQ(query("SELECT count(*) FROM entries"), 3);
}

}  // namespace
}  // namespace pointsman::ledger_sqlite
