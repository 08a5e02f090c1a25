// POST /route and POST /run.
#include "admin/playground.h"

#include "gateway/access.h"
#include "support/setup_test.h"

namespace pointsman::admin {
namespace {

using ::testing::HasSubstr;

class PlaygroundTest : public test::SetupTest {
 protected:
  static cli::HttpAnswer answer_of(const base::Uuid& decision, std::string body, int status = 200) {
    cli::HttpAnswer out;
    out.status = status;
    out.head = "HTTP/1.1 " + std::to_string(status) + " OK\r\nx-pointsman-decision-id: " + decision.to_string() +
               "\r\nx-pointsman-model: sim-small\r\nx-pointsman-category: simple\r\ncontent-length: 0\r\n\r\n";
    out.body = std::move(body);
    out.first_byte = std::chrono::milliseconds(3);
    out.total = std::chrono::milliseconds(5);
    return out;
  }
};

TEST_F(PlaygroundTest, DecidesWithoutCallingAnybody) {
  const auto body = body_of(post("/route", R"({"text":"a simple question"})", config::AdminRole::kViewer));
  const auto& decision = body.at("decision");
  EXPECT_EQ(text(decision.at("category")), "simple");
  EXPECT_EQ(text(decision.at("model")), "sim-small");
  EXPECT_NEAR(decision.at("confidence").to_number<double>(), 0.9, 1e-6);
  EXPECT_EQ(text(decision.at("stage")), "local");
  EXPECT_TRUE(body.at("nearest").as_array().empty()) << "this classifier has no examples";
  EXPECT_TRUE(body.at("words").as_array().empty());
  EXPECT_TRUE(office_.world.asked_.empty());
  EXPECT_TRUE(noted().empty()) << "it changes nothing and costs nothing";
}

TEST_F(PlaygroundTest, AModelThatRestsIsNotHealthyHereEither) {
  office_.world.model_health_ = {{.model = "sim-small", .breaker = ModelHealth::Breaker::kOpen, .rests_until = {}}};
  const auto body = body_of(post("/route", R"({"text":"a simple question"})"));
  EXPECT_NE(text(body.at("decision").at("model")), "sim-small");
  bool seen = false;
  for (const auto& one : body.at("decision").at("candidates").as_array()) {
    if (one.at("model").as_string() != "sim-small") continue;
    seen = true;
    EXPECT_FALSE(one.at("healthy").as_bool());
  }
  EXPECT_TRUE(seen);
}

TEST_F(PlaygroundTest, ATextIsNeeded) {
  EXPECT_EQ(param_of(post("/route", R"({"text":""})")), "text");
  EXPECT_EQ(post("/route", R"({"context":"x"})").status, 400);
  EXPECT_EQ(post("/route", R"({"text":")" + std::string(100'000, 'a') + "\"}").status, 400);
}

TEST_F(PlaygroundTest, RunningAsksTheGatewayAndShowsItsOwnEntry) {
  ledger::Entry own = entry(std::chrono::seconds(0));
  own.key = gateway::kDashboardKey;
  keep({own});
  office_.world.answer_ = answer_of(
      own.id,
      R"({"choices":[{"message":{"role":"assistant","content":"Ulaan\u00fcb"},"finish_reason":"length"},{}],"usage":{}})");
  const auto ran = body_of(post("/run", R"({"text":"say hello","max_output_tokens":20})"));
  EXPECT_EQ(text(ran.at("answer")), "Ulaanüb");
  EXPECT_TRUE(ran.at("cut").as_bool());
  EXPECT_EQ(text(ran.at("model")), "sim-small");
  EXPECT_EQ(text(ran.at("provider")), "sim-small");
  EXPECT_EQ(text(ran.at("category")), "simple");
  EXPECT_EQ(ran.at("output_tokens").as_int64(), 20);
  EXPECT_DOUBLE_EQ(ran.at("cost_usd").to_number<double>(), 0.000012);
  EXPECT_EQ(ran.at("first_byte_us").as_int64(), 3000);
  EXPECT_EQ(ran.at("total_us").as_int64(), 5000);
  ASSERT_EQ(office_.world.asked_.size(), 1U);
  const auto sent = boost::json::parse(office_.world.asked_.front().body);
  EXPECT_EQ(text(sent.at("model")), "auto");
  EXPECT_EQ(text(sent.at("messages").at(0).at("content")), "say hello");
  EXPECT_EQ(sent.at("max_completion_tokens").as_int64(), 20);
  ASSERT_EQ(noted().size(), 1U);
  EXPECT_EQ(noted().front().kind, "playground.run");
  EXPECT_THAT(noted().front().detail, ::testing::Not(HasSubstr("hello"))) << "texts stay out of the record";
}

TEST_F(PlaygroundTest, WhatIsNotInTheLedgerYetIsUnknown) {
  office_.world.answer_ = answer_of(ids_.next(now()), R"({"error":{"message":"no credit"}})", 402);
  const auto ran = body_of(post("/run", R"({"text":"x","model":"sim-large","max_output_tokens":5})"));
  EXPECT_EQ(ran.at("status").as_int64(), 402);
  EXPECT_EQ(text(ran.at("answer")), "no credit");
  EXPECT_TRUE(ran.at("cost_usd").is_null());
  EXPECT_TRUE(ran.at("input_tokens").is_null());
  EXPECT_THAT(office_.world.asked_.front().body, HasSubstr(R"("model":"sim-large")"));
}

TEST_F(PlaygroundTest, ADecisionIsRunAgainWithTheTextThatWasKept) {
  ledger::Entry with = entry(std::chrono::seconds(30));
  with.text = "what was asked";
  const ledger::Entry without = entry(std::chrono::seconds(20));
  keep({with, without});
  office_.world.answer_ = answer_of(with.id, "{}");
  const auto ask = [&](const std::string& id) {
    return post("/run", R"({"decision_id":")" + id + R"(","max_output_tokens":5})");
  };
  EXPECT_EQ(ask(with.id.to_string()).status, 200);
  EXPECT_THAT(office_.world.asked_.front().body, HasSubstr("what was asked"));
  EXPECT_EQ(code_of(ask(without.id.to_string())), "no_text");
  EXPECT_EQ(ask(ids_.next(now()).to_string()).status, 404);
  EXPECT_EQ(param_of(ask("x")), "decision_id");
  EXPECT_EQ(office_.world.asked_.size(), 1U);
}

TEST_F(PlaygroundTest, RunningIsBoundedAndForAdmins) {
  EXPECT_EQ(param_of(post("/run", R"({"text":"x","max_output_tokens":0})")), "max_output_tokens");
  EXPECT_EQ(post("/run", R"({"text":"x","max_output_tokens":100000})").status, 400);
  EXPECT_EQ(param_of(post("/run", R"({"text":"x","decision_id":"y","max_output_tokens":1})")), "text");
  EXPECT_EQ(post("/run", R"({"text":"x","max_output_tokens":1})", config::AdminRole::kLabeller).status, 403);
  EXPECT_TRUE(office_.world.asked_.empty());
}

TEST_F(PlaygroundTest, AGatewayThatCannotBeAskedSaysWhy) {
  office_.world.answer_ = base::fail(base::ErrorCode::kUnsupported, "every listener speaks TLS");
  EXPECT_EQ(code_of(post("/run", R"({"text":"x","max_output_tokens":1})")), "no_listener");
  office_.world.answer_ = base::fail(base::ErrorCode::kTimeout, "no answer in time");
  EXPECT_EQ(post("/run", R"({"text":"x","max_output_tokens":1})").status, 503);
}

}  // namespace
}  // namespace pointsman::admin
