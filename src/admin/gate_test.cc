#include "admin/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace pointsman::admin {
namespace {

using config::AdminRole;
using testing::HasSubstr;

constexpr base::WallTime kNow{std::chrono::seconds(1'700'000'000)};

class GateTest : public testing::Test {
 protected:
  GateTest() {
    staff_.accounts.use({{"ada", base::Secret("$argon2id$x"), AdminRole::kAdmin},
                         {"linus", base::Secret("$argon2id$x"), AdminRole::kViewer}});
  }

  Request request(http::Method method, std::string path, const std::string& user = "ada") {
    Request out{.method = method, .path = std::move(path)};
    out.at = kNow;
    out.host = "127.0.0.1:9090";
    if (method != http::Method::kGet) out.csrf = "1";
    if (!user.empty()) out.cookie = "a=b; __Host-pointsman=" + *staff_.sessions.open(user, kNow);
    return out;
  }
  int status(const Request& asked) {
    const auto ticket = admit(asked, staff_);
    return ticket ? 200 : ticket.error().status;
  }

  Staff staff_;
};

TEST_F(GateTest, LetsThroughWhoIsSignedInWithTheRole) {
  const auto ticket = admit(request(http::Method::kGet, "/session"), staff_);
  ASSERT_TRUE(ticket.has_value());
  EXPECT_EQ(ticket->user, "ada");
  EXPECT_EQ(ticket->role, AdminRole::kAdmin);
  EXPECT_EQ(ticket->endpoint->path, "/session");
  EXPECT_EQ(status(request(http::Method::kHead, "/session")), 200);
}

TEST_F(GateTest, KnowsOnlyItsPathsAndMethods) {
  EXPECT_EQ(status(request(http::Method::kGet, "/nothing")), 404);
  EXPECT_EQ(status(request(http::Method::kGet, "/session/")), 404);
  EXPECT_EQ(status(request(http::Method::kGet, "")), 404);
  const auto wrong = admit(request(http::Method::kDelete, "/session"), staff_);
  EXPECT_EQ(wrong.error().status, 405);
  EXPECT_EQ(wrong.error().fields, "allow: GET\r\n");
}

TEST_F(GateTest, AsksWhoItIs) {
  EXPECT_EQ(status(request(http::Method::kGet, "/session", "")), 401);
  Request forged = request(http::Method::kGet, "/session", "");
  forged.cookie = "__Host-pointsman=" + std::string(64, '0');
  EXPECT_EQ(status(forged), 401);
  Request gone = request(http::Method::kGet, "/session");
  staff_.accounts.use({});
  EXPECT_EQ(status(gone), 401);
}

TEST_F(GateTest, ASessionEndsAfterAnHourOfNothingAndAfterTwelveInAll) {
  Request asked = request(http::Method::kGet, "/session");
  for (int minutes = 50; minutes < 12 * 60; minutes += 50) {
    asked.at = kNow + std::chrono::minutes(minutes);
    ASSERT_EQ(status(asked), 200) << minutes;
  }
  asked.at = kNow + std::chrono::hours(12);
  EXPECT_EQ(status(asked), 401);
  Request idle = request(http::Method::kGet, "/session");
  idle.at = kNow + std::chrono::minutes(60);
  EXPECT_EQ(status(idle), 401);
  EXPECT_EQ(staff_.sessions.size(), 0U);
}

TEST_F(GateTest, WhatChangesSomethingMustComeFromOurOwnPage) {
  Request asked = request(http::Method::kPost, "/logout");
  EXPECT_EQ(status(asked), 200);
  asked.csrf = "";
  EXPECT_EQ(status(asked), 403);
  asked.csrf = "1";
  asked.origin = "http://127.0.0.1:9090";
  EXPECT_EQ(status(asked), 200);
  for (const char* origin : {"http://evil.example", "null", "http://127.0.0.1:9091", "127.0.0.1:9090"}) {
    asked.origin = origin;
    EXPECT_EQ(status(asked), 403) << origin;
  }
}

TEST_F(GateTest, BodiesAreJson) {
  Request asked = request(http::Method::kPost, "/login", "");
  asked.body = "{}";
  EXPECT_EQ(status(asked), 415);
  asked.content_type = "text/plain";
  EXPECT_EQ(status(asked), 415);
  asked.content_type = "application/json; charset=utf-8";
  EXPECT_EQ(status(asked), 200);
}

TEST_F(GateTest, ARoleThatIsNotEnoughIsToldWhichOneIs) {
  for (const Endpoint& one : endpoints()) {
    if (one.role != AdminRole::kAdmin) continue;
    std::string path(one.path);
    for (std::size_t at = path.find('{'); at != std::string::npos; at = path.find('{')) {
      path.replace(at, path.find('}') - at + 1, "x");
    }
    const auto refused = admit(request(one.method, path, "linus"), staff_);
    ASSERT_FALSE(refused.has_value()) << path;
    EXPECT_EQ(refused.error().status, 403) << path;
    EXPECT_THAT(refused.error().body, HasSubstr("takes the role admin; linus is viewer")) << path;
  }
}

TEST(Endpoints, AreThereOnceAndFindThemselves) {
  std::set<std::pair<http::Method, std::string_view>> seen;
  for (const Endpoint& one : endpoints()) {
    EXPECT_TRUE(seen.emplace(one.method, one.path).second) << one.path;
    const auto found = find_endpoint(one.method, one.path);
    ASSERT_TRUE(found.has_value()) << one.path;
    EXPECT_EQ(found->endpoint->path, one.path);
  }
}

TEST(SessionToken, IsTakenFromOneCookieOnly) {
  EXPECT_EQ(session_token("__Host-pointsman=abc"), "abc");
  EXPECT_EQ(session_token("x=1; __Host-pointsman=abc;y=2"), "abc");
  EXPECT_EQ(session_token("__Host-pointsman=abc; __Host-pointsman=def"), "");
  EXPECT_EQ(session_token("__Host-pointsmanx=abc"), "");
  EXPECT_EQ(session_token(""), "");
}

TEST(SessionCookie, CannotBeReadByScriptsOrSentByOthers) {
  EXPECT_EQ(session_cookie("t"),
            "set-cookie: __Host-pointsman=t; Path=/; Max-Age=43200; HttpOnly; Secure; SameSite=Strict\r\n");
  EXPECT_THAT(session_cookie(""), HasSubstr("Max-Age=0"));
}

}  // namespace
}  // namespace pointsman::admin
