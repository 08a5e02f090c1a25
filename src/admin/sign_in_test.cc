#include "admin/sign_in.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "admin/desk.h"
#include "support/admin_office.h"

namespace pointsman::admin {
namespace {

using config::AdminRole;
using testing::HasSubstr;

class SignInTest : public testing::Test {
 protected:
  SignInTest() { office_.staff.accounts.use({{"ada", base::Secret(*hash_password("right one")), AdminRole::kAdmin}}); }

  Answer login(std::string_view user, std::string_view password) {
    Request asked = office_.request(http::Method::kPost, "/login");
    asked.body = R"({"user":")" + std::string(user) + R"(","password":")" + std::string(password) + "\"}";
    return office_.ask(asked);
  }
  std::vector<ledger::AuditEvent> audit() { return *(*office_.books().audit())->events({}); }

  test::TestOffice office_;
};

TEST_F(SignInTest, TheRightPasswordOpensASession) {
  const Answer answer = login("ada", "right one");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_THAT(answer.body, HasSubstr(R"("user":"ada","role":"admin")"));
  EXPECT_THAT(answer.fields, HasSubstr("set-cookie: __Host-pointsman="));
  EXPECT_EQ(office_.staff.sessions.size(), 1U);
  ASSERT_EQ(audit().size(), 1U);
  EXPECT_EQ(audit().front().kind, "login");
  EXPECT_EQ(audit().front().who, "ada");
}

TEST_F(SignInTest, AWrongOneDoesNotAndIsNotedAndAfterFiveOneHasToWait) {
  for (int i = 0; i < LoginThrottle::kFree; ++i) EXPECT_EQ(login("ada", "wrong").status, 401);
  const Answer slowed = login("ada", "right one");
  EXPECT_EQ(slowed.status, 429);
  EXPECT_EQ(slowed.fields, "retry-after: 1\r\n");
  EXPECT_EQ(office_.staff.sessions.size(), 0U);
  EXPECT_EQ(audit().size(), 5U);
  EXPECT_EQ(audit().front().kind, "login_refused");
  office_.clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(login("ada", "right one").status, 200);
}

TEST_F(SignInTest, BodiesThatAreNotCredentialsAreTold) {
  Request asked = office_.request(http::Method::kPost, "/login");
  asked.body = R"({"user":"ada"})";
  EXPECT_EQ(office_.ask(asked).status, 400);
  asked.body = "[]";
  EXPECT_EQ(office_.ask(asked).status, 400);
  asked.body = R"({"user":"ada","password":"x","more":1})";
  EXPECT_EQ(office_.ask(asked).status, 400);
}

TEST_F(SignInTest, SigningOutEndsTheSession) {
  const Answer answer = login("ada", "right one");
  Request asked = office_.request(http::Method::kGet, "/session");
  asked.cookie = answer.fields.substr(std::string("set-cookie: ").size(), answer.fields.find(';') - 12);
  EXPECT_THAT(office_.ask(asked).body, HasSubstr(R"("expires":"2023-11-14T23:13:20.000000Z")"));
  asked.method = http::Method::kPost;
  asked.path = "/logout";
  EXPECT_EQ(office_.ask(asked).status, 200);
  asked.method = http::Method::kGet;
  asked.path = "/session";
  EXPECT_EQ(office_.ask(asked).status, 401);
  EXPECT_EQ(audit().front().kind, "logout");
}

TEST(Desk, TurnsAwayWhatItHasNoRoomForAndWhatComesTooLate) {
  test::TestOffice office;
  Desk desk;
  const auto errand = [&] {
    auto ticket = admit(office.request(http::Method::kPost, "/login"), office.staff);
    return std::make_shared<test::TestErrand>(office.request(http::Method::kPost, "/login"), *ticket);
  };
  EXPECT_EQ(desk.offer(errand()), Desk::Offer::kClosed);
  desk.start(office.backend(), office.world, office.staff, office.clock, 1);
  const auto taken = errand();
  EXPECT_EQ(desk.offer(taken), Desk::Offer::kTaken);
  EXPECT_EQ(taken->wait().status, 400);
  desk.stop();
  EXPECT_EQ(desk.offer(errand()), Desk::Offer::kClosed);
}

}  // namespace
}  // namespace pointsman::admin
