// GET /audit: three records as one list, page by page.
#include "admin/audit.h"

#include <set>

#include "support/classifier_values.h"
#include "support/setup_test.h"

namespace pointsman::admin {
namespace {

class AuditTest : public test::SetupTest {
 protected:
  void noted_ago(std::chrono::seconds ago, std::string who, std::string kind) {
    ASSERT_TRUE((*office_.books().audit())
                    ->note({.at = now() - ago,
                            .who = std::move(who),
                            .kind = std::move(kind),
                            .subject = "",
                            .detail = "",
                            .from = "10.0.0.7"}));
  }
  void key_ago(std::chrono::seconds ago, const std::string& name) {
    ledger::Key key{.id = ids_.next(now() - ago), .name = name, .created = now() - ago};
    key.tail = "abcd";
    key.secrets = {{.digest = {}, .until = {}}};
    key.secrets.front().digest[0] = static_cast<unsigned char>(name.back());
    ASSERT_TRUE((*office_.books().keys())->create(key, {.who = "shell", .at = now() - ago}));
  }
  void classifier_ago(std::chrono::seconds ago, std::string who, std::string kind) {
    ledger::RegistryEvent event = test::registry_event(std::move(kind), std::string(64, 'a'));
    event.at = now() - ago;
    event.who = std::move(who);
    event.reason = "because";
    ASSERT_TRUE((*office_.books().registry())->note(event));
  }
  void fill() {
    using std::chrono::seconds;
    noted_ago(seconds(50), "ada", "login");
    key_ago(seconds(40), "one");
    classifier_ago(seconds(30), "the gateway", "stopped");
    classifier_ago(seconds(25), "shell", "refused");
    noted_ago(seconds(20), "ada", "training");
    key_ago(seconds(10), "two");
  }
  static std::vector<std::string> kinds(const boost::json::value& page) {
    std::vector<std::string> out;
    for (const auto& one : page.at("items").as_array()) out.push_back(text(one.at("kind")));
    return out;
  }
};

TEST_F(AuditTest, IsOneListTheNewestFirst) {
  fill();
  const auto page = read("/audit");
  EXPECT_THAT(kinds(page), ::testing::ElementsAre("key.created", "training", "classifier.refused", "classifier.stopped",
                                                  "key.created", "login"));
  EXPECT_TRUE(page.at("next").is_null());
  const auto& items = page.at("items").as_array();
  EXPECT_EQ(text(items[0].at("from")), "command line");
  EXPECT_EQ(text(items[1].at("from")), "10.0.0.7");
  EXPECT_EQ(text(items[2].at("from")), "command line");
  EXPECT_EQ(text(items[3].at("from")), "process") << "nobody did it";
  EXPECT_EQ(text(items[3].at("subject")), "aaaaaaaaaaaa");
  EXPECT_EQ(text(items[3].at("detail")), "because");
}

TEST_F(AuditTest, NumbersTellAllEventsApart) {
  fill();
  std::set<std::int64_t> numbers;
  for (const auto& one : read("/audit").at("items").as_array()) numbers.insert(one.at("number").as_int64());
  EXPECT_EQ(numbers.size(), 6U);
}

TEST_F(AuditTest, PagesNeitherRepeatNorLeaveOutWhateverTheirLength) {
  fill();
  const auto all = kinds(read("/audit"));
  for (const char* limit : {"1", "2", "4", "5", "6"}) {
    std::vector<std::string> seen;
    std::string cursor;
    do {
      const auto page = read("/audit?limit=" + std::string(limit) + cursor);
      for (const std::string& one : kinds(page)) seen.push_back(one);
      const auto& next = page.at("next");
      cursor = next.is_null() ? "" : "&cursor=" + text(next);
    } while (!cursor.empty() && seen.size() < 20);
    EXPECT_EQ(seen, all) << limit;
  }
}

TEST_F(AuditTest, FiltersByWhoKindAndTime) {
  fill();
  EXPECT_THAT(kinds(read("/audit?who=shell")),
              ::testing::ElementsAre("key.created", "classifier.refused", "key.created"));
  EXPECT_THAT(kinds(read("/audit?kind=login")), ::testing::ElementsAre("login"));
  EXPECT_THAT(kinds(read("/audit?kind=key.created&since=15s")), ::testing::ElementsAre("key.created"));
}

TEST_F(AuditTest, WhatIsDoneHereAtOneInstantIsShownOnceForEach) {
  ASSERT_EQ(post("/keys", R"({"name":"one"})").status, 200);
  ASSERT_EQ(post("/keys", R"({"name":"two"})").status, 200);
  ASSERT_EQ(post("/keys/one/revoke", "").status, 200);
  EXPECT_THAT(kinds(read("/audit")), ::testing::UnorderedElementsAre("key.created", "key.created", "key.revoked"));
}

TEST_F(AuditTest, IsForAdminsAndTakesOnlyItsOwnCursors) {
  EXPECT_EQ(get("/audit", config::AdminRole::kLabeller).status, 403);
  for (const char* cursor : {"x", "1-2", "1-2-3-4", "-1-2-3", "99999999999999999999-1-1"}) {
    const Answer answer = get("/audit?cursor=" + std::string(cursor));
    EXPECT_EQ(answer.status, 400) << cursor;
    EXPECT_EQ(param_of(answer), "cursor");
  }
}

}  // namespace
}  // namespace pointsman::admin
