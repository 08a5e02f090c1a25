// The operators' listener: pages, signing in, the API's rules, the live tail. The program's parts in one process.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "support/test_gateway.h"

namespace pointsman {
namespace {

using testing::chat;
using testing::GatewayTest;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::status_of;

class AdminTest : public GatewayTest {
 protected:
  AdminTest() {
    start([](config::Config& config) { config.admin = config::AdminConfig{{"127.0.0.1", 0}, {}}; });
    small_.when().then_body(testing::whole_answer("small"));
  }

  static std::string get(std::string_view target) { return fmt::format("GET {} HTTP/1.1\r\nhost: h\r\n\r\n", target); }
  std::uint16_t admin_port() { return gateway_->runtime().ports().back(); }
  std::string ask_admin(const std::string& request) {
    testing::RawClient client(admin_port());
    EXPECT_TRUE(client.send(request));
    return client.read_answer();
  }
  std::string get_admin(std::string_view target, std::string_view fields = {}) {
    return ask_admin(fmt::format("GET {} HTTP/1.1\r\nhost: 127.0.0.1\r\n{}{}\r\n", target, fields, cookie_));
  }
  std::string post_admin(std::string_view target, std::string_view body,
                         std::string_view fields = "x-pointsman-csrf: 1\r\n") {
    return ask_admin(fmt::format(
        "POST {} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: {}\r\n{}{}\r\n{}",
        target, body.size(), fields, cookie_, body));
  }
  void sign_in() {
    const std::string answer = post_admin(
        "/admin/v1/login",
        fmt::format(R"({{"user":"admin","password":"{}"}})", gateway_->runtime().dashboard_password().reveal()));
    ASSERT_EQ(status_of(answer), 200) << answer;
    const std::size_t begin = answer.find("__Host-pointsman=");
    cookie_ = "cookie: " + answer.substr(begin, answer.find(';', begin) - begin) + "\r\n";
  }

  std::string cookie_;
};

TEST_F(AdminTest, ServesTheDashboardWithAStrictPolicy) {
  const std::string home = get_admin("/dashboard/decisions?since=1h", "accept-encoding: gzip, br\r\n");
  EXPECT_EQ(status_of(home), 200);
  EXPECT_THAT(home, HasSubstr("content-security-policy: default-src 'none'; script-src 'self'"));
  EXPECT_THAT(home, HasSubstr("cache-control: no-store"));
  EXPECT_THAT(home, HasSubstr("content-encoding: br"));
  const std::string plain = get_admin("/dashboard/");
  EXPECT_THAT(plain, Not(HasSubstr("content-encoding")));
  const std::size_t begin = plain.find("/dashboard/assets/");
  ASSERT_NE(begin, std::string::npos);
  const std::string script = plain.substr(begin, plain.find('"', begin) - begin);
  const std::string file = get_admin(script);
  EXPECT_THAT(file, HasSubstr("immutable"));
  const std::size_t tag = file.find("etag: ") + 6;
  EXPECT_EQ(
      status_of(get_admin(script, fmt::format("if-none-match: {}\r\n", file.substr(tag, file.find('\r', tag) - tag)))),
      304);
  EXPECT_EQ(status_of(get_admin("/dashboard/assets/gone.js")), 404);
  EXPECT_EQ(status_of(get_admin("/")), 307);
  EXPECT_EQ(status_of(post_admin("/dashboard/", "{}")), 405);
}

TEST_F(AdminTest, NobodyElsesListenerHasIt) {
  EXPECT_EQ(status_of(ask(get("/dashboard/"))), 404);
  EXPECT_EQ(status_of(ask(get("/admin/v1/savings"))), 404);
  EXPECT_EQ(status_of(get_admin("/livez")), 200) << "the others' answers are there as well";
}

TEST_F(AdminTest, TellsNothingUntilSomebodyHasSignedIn) {
  EXPECT_EQ(status_of(get_admin("/admin/v1/savings")), 401);
  EXPECT_EQ(status_of(post_admin("/admin/v1/login", R"({"user":"admin","password":"guess"})")), 401);
  EXPECT_EQ(status_of(post_admin("/admin/v1/login", R"({"user":"admin","password":"guess"})", "")), 403);
  sign_in();
  EXPECT_EQ(status_of(get_admin("/admin/v1/savings")), 200);
  EXPECT_EQ(status_of(post_admin("/admin/v1/logout", "", "")), 403);
  EXPECT_EQ(status_of(post_admin("/admin/v1/logout", "")), 200);
  EXPECT_EQ(status_of(get_admin("/admin/v1/savings")), 401);
}

TEST_F(AdminTest, SavingsAreThoseOfTheLedger) {
  sign_in();
  EXPECT_EQ(status_of(ask_chat(chat("simple"))), 200);
  ASSERT_EQ(gateway_->entries(1).size(), 1U);
  const std::string answer = get_admin("/admin/v1/savings?since=1h&by=model");
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_THAT(answer, HasSubstr(R"("by":"model","total":{"name":"total")"));
  EXPECT_THAT(answer, HasSubstr(R"("lines":[{"name":"sim-small")"));
  EXPECT_THAT(answer, HasSubstr("\"requests\":1,\"excluded\":0"));
  EXPECT_THAT(answer, HasSubstr("cache-control: no-store"));
  EXPECT_EQ(status_of(get_admin("/admin/v1/savings?by=moon")), 400);
  EXPECT_THAT(get_admin("/admin/v1/savings?since=yesterday"), HasSubstr(R"("param":"since")"));
}

TEST_F(AdminTest, BodiesAreBounded) {
  sign_in();
  EXPECT_EQ(status_of(post_admin("/admin/v1/login", std::string((1U << 20) + 1, ' '))), 413);
}

TEST_F(AdminTest, TheLiveTailShowsDecisionsAsTheyAreRecorded) {
  sign_in();
  testing::RawClient tail(admin_port());
  ASSERT_TRUE(
      tail.send(fmt::format("GET /admin/v1/decisions/live?category=simple HTTP/1.1\r\nhost: h\r\n{}\r\n", cookie_)));
  ASSERT_TRUE(tail.read_until(": still here\n\n"));
  EXPECT_THAT(tail.received(), HasSubstr("content-type: text/event-stream"));
  EXPECT_EQ(status_of(ask_chat(chat("simple"))), 200);
  ASSERT_TRUE(tail.read_until("}\n\n"));
  const std::string id = gateway_->entries(1).front().id.to_string();
  EXPECT_THAT(tail.received(), HasSubstr("event: decision\nid: " + id));
  EXPECT_THAT(tail.received(), HasSubstr(R"("category":"simple")"));
  // Whoever comes again gets what he missed, and not what he has.
  EXPECT_EQ(status_of(ask_chat(chat("simple"))), 200);
  ASSERT_EQ(gateway_->entries(2).size(), 2U);
  testing::RawClient again(admin_port());
  ASSERT_TRUE(again.send(
      fmt::format("GET /admin/v1/decisions/live HTTP/1.1\r\nhost: h\r\nlast-event-id: {}\r\n{}\r\n", id, cookie_)));
  ASSERT_TRUE(again.read_until("}\n\n"));
  EXPECT_THAT(again.received(), HasSubstr("event: decision\nid: " + gateway_->entries(2).back().id.to_string()));
  EXPECT_THAT(again.received(), Not(HasSubstr("id: " + id)));
}

}  // namespace
}  // namespace pointsman
