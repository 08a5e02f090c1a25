#include "admin/accounts.h"

#include <gtest/gtest.h>

#include "admin/login_throttle.h"

namespace pointsman::admin {
namespace {

using config::AdminRole;
using std::chrono::seconds;

TEST(Accounts, KnowPeopleByTheirPasswords) {
  const auto hash = hash_password("correct horse");
  ASSERT_TRUE(hash.has_value());
  EXPECT_TRUE(hash->starts_with("$argon2id$v=19$m=65536,t=2,p=1$")) << *hash;
  EXPECT_NE(*hash, *hash_password("correct horse"));
  Accounts accounts;
  accounts.use({{"ada", base::Secret(*hash), AdminRole::kLabeller}});
  EXPECT_EQ(accounts.check("ada", "correct horse"), AdminRole::kLabeller);
  EXPECT_EQ(accounts.check("ada", "correct horsf"), std::nullopt);
  EXPECT_EQ(accounts.check("eve", "correct horse"), std::nullopt);
  EXPECT_EQ(accounts.role_of("ada"), AdminRole::kLabeller);
  accounts.use({});
  EXPECT_EQ(accounts.role_of("ada"), std::nullopt);
}

TEST(Accounts, WhatIsNoHashFitsNothing) {
  EXPECT_FALSE(password_fits("", ""));
  EXPECT_FALSE(password_fits("plain", "plain"));
  EXPECT_FALSE(password_fits(std::string(500, '$'), "x"));
}

TEST(MakePassword, IsNeverTheSame) {
  const auto one = make_password();
  const auto other = make_password();
  EXPECT_EQ(one->size(), 24U);
  EXPECT_NE(*one, *other);
}

class ThrottleTest : public testing::Test {
 protected:
  void fail(int times, const char* user = "ada", const char* peer = "10.0.0.1") {
    for (int i = 0; i < times; ++i) throttle_.failed(user, peer, now_);
  }
  auto wait(const char* user = "ada", const char* peer = "10.0.0.1") {
    return std::chrono::duration_cast<seconds>(throttle_.wait(user, peer, now_));
  }

  LoginThrottle throttle_;
  base::MonoTime now_{std::chrono::hours(1)};
};

TEST_F(ThrottleTest, WaitsTwiceAsLongEachTimeAfterFive) {
  fail(4);
  EXPECT_EQ(wait(), seconds(0));
  for (const int expected : {1, 2, 4, 8, 16, 32, 60, 60}) {
    fail(1);
    EXPECT_EQ(wait(), seconds(expected));
  }
  now_ += seconds(60);
  EXPECT_EQ(wait(), seconds(0));
}

TEST_F(ThrottleTest, LooksAtNamesAndAtAddresses) {
  fail(5);
  EXPECT_EQ(wait("ada", "10.0.0.2"), seconds(1));
  EXPECT_EQ(wait("bob", "10.0.0.1"), seconds(1));
  EXPECT_EQ(wait("bob", "10.0.0.2"), seconds(0));
  throttle_.succeeded("ada", "10.0.0.1");
  EXPECT_EQ(wait(), seconds(0));
}

TEST_F(ThrottleTest, ForgetsAfterAQuarterOfAnHourAndStaysSmall) {
  fail(5);
  now_ += LoginThrottle::kForgotten;
  fail(1);
  EXPECT_EQ(wait(), seconds(0));
  for (std::size_t i = 0; i < LoginThrottle::kMost; ++i) {
    const std::string name = "user" + std::to_string(i);
    throttle_.failed(name, name, now_ + seconds(i));
  }
  EXPECT_EQ(wait(), seconds(0));
}

}  // namespace
}  // namespace pointsman::admin
