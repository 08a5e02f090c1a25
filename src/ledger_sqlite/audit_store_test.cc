#include "ledger_sqlite/audit_store.h"

#include <gtest/gtest.h>

#include "support/temporary_directory.h"

namespace pointsman::ledger_sqlite {
namespace {

constexpr base::WallTime kNow{std::chrono::seconds(1'700'000'000)};

TEST(AuditStore, GivesBackTheNewestFirstAndWhatWasAskedFor) {
  const test::TemporaryDirectory directory;
  const std::string path = directory.file("ledger");
  EXPECT_EQ(open_audit_store(path, OpenMode::kReadOnly).error().code(), base::ErrorCode::kNotFound);
  auto store = open_audit_store(path);
  ASSERT_TRUE(store.has_value()) << store.error().message();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE((*store)->note({.at = kNow + std::chrono::seconds(i),
                                .who = i % 2 == 0 ? "ada" : "grace",
                                .kind = i == 4 ? "logout" : "login",
                                .subject = "s",
                                .detail = "d" + std::to_string(i),
                                .from = "127.0.0.1"}));
  }
  const auto all = (*store)->events({});
  ASSERT_EQ(all->size(), 5U);
  EXPECT_EQ(all->front(),
            (ledger::AuditEvent{5, kNow + std::chrono::seconds(4), "ada", "logout", "s", "d4", "127.0.0.1"}));
  EXPECT_EQ((*store)->events({.who = "grace"})->size(), 2U);
  EXPECT_EQ((*store)->events({.kind = "logout"})->size(), 1U);
  EXPECT_EQ(
      (*store)->events({.since = kNow + std::chrono::seconds(1), .until = kNow + std::chrono::seconds(3)})->size(), 2U);
  EXPECT_EQ((*store)->events({.before = 3})->front().number, 2);
  EXPECT_EQ((*store)->events({.limit = 1})->size(), 1U);
  EXPECT_EQ((*open_audit_store(path, OpenMode::kReadOnly))->events({})->size(), 5U);
}

}  // namespace
}  // namespace pointsman::ledger_sqlite
