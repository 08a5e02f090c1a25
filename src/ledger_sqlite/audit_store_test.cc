#include "ledger_sqlite/audit_store.h"

#include "support/audit_store_contract.h"
#include "support/temporary_directory.h"

namespace pointsman::test {

struct SqliteAudit {
  TemporaryDirectory directory;
  std::unique_ptr<ledger::AuditStore> open() {
    return opened(ledger_sqlite::open_audit_store(directory.file("ledger")));
  }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, AuditStoreContract, SqliteAudit);

}  // namespace pointsman::test

namespace pointsman::ledger_sqlite {
namespace {

TEST(AuditFile, AReaderSeesWhatWasNotedAndMakesNoFile) {
  const test::TemporaryDirectory directory;
  const std::string path = directory.file("ledger");
  EXPECT_EQ(open_audit_store(path, OpenMode::kReadOnly).error().code(), base::ErrorCode::kNotFound);
  auto store = open_audit_store(path);
  ASSERT_TRUE(store.has_value()) << store.error().message();
  ASSERT_TRUE((*store)->note({.at = test::kAuditTime, .who = "ada", .kind = "login"}));
  EXPECT_EQ((*open_audit_store(path, OpenMode::kReadOnly))->events({})->size(), 1U);
}

}  // namespace
}  // namespace pointsman::ledger_sqlite
