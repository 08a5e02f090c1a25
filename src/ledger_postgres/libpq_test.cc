#include "ledger_postgres/libpq.h"

#include <gmock/gmock.h>

namespace pointsman::ledger_postgres {
namespace {

using base::ErrorCode;
using testing::HasSubstr;

TEST(Libpq, SaysWhatToInstallWhereThereIsNone) {
  const auto found = open_libpq_at("libpq-of-nobody.so.5");
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code(), ErrorCode::kUnsupported);
  EXPECT_THAT(found.error().message(), HasSubstr("libpq-of-nobody.so.5"));
  EXPECT_THAT(found.error().message(), HasSubstr("libpq5"));
}

TEST(Libpq, ALibraryWithoutItsFunctionsIsNotUsed) {
  const auto found = open_libpq_at("libc.so.6");
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code(), ErrorCode::kUnsupported);
  EXPECT_THAT(found.error().message(), HasSubstr("PQclear"));
}

TEST(Libpq, IsOpenedOnce) {
  ASSERT_TRUE(open_libpq().has_value());
  const Libpq* const first = &libpq();
  ASSERT_TRUE(open_libpq().has_value());
  EXPECT_EQ(&libpq(), first);
  EXPECT_NE(first->PQconnectStartParams, nullptr);
}

}  // namespace
}  // namespace pointsman::ledger_postgres
