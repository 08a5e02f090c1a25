#include "gateway/opinion_desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/tcp_peer.h"
#include "telemetry/registry.h"

namespace pointsman::gateway {
namespace {

using classify::OpinionOutcome;
using classify::OpinionSource;
using test_support::eventually;
using test_support::read_to;
using test_support::send;
using test_support::TcpPeer;
using ::testing::HasSubstr;
using ::testing::Not;

// In every request once.
constexpr const char* kRequest = "\"role\":\"user\"";
constexpr auto kPatience = std::chrono::seconds(10);

std::string http(std::string_view body, std::string_view status = "200 OK", std::string_view fields = "") {
  return "HTTP/1.1 " + std::string(status) + "\r\ncontent-type: application/json\r\n" + std::string(fields) +
         "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

// What the model wrote, with the log-probabilities of a token that is the whole answer.
std::string says(std::string_view label, std::string_view logprobs = "null") {
  return http(R"({"choices":[{"index":0,"message":{"role":"assistant","content":")" + std::string(label) +
              R"("},"logprobs":)" + std::string(logprobs) +
              R"(,"finish_reason":"stop"}],"usage":{"prompt_tokens":40,"completion_tokens":1}})");
}
std::string sure_of_a() {
  return says("a", R"({"content":[{"token":"a","bytes":[97],"logprob":-0.105,"top_logprobs":[
    {"token":"a","bytes":[97],"logprob":-0.105},{"token":"b","bytes":[98],"logprob":-2.53}]}]})");
}

class OpinionDeskTest : public ::testing::Test {
 protected:
  OpinionDeskTest() {
    config_.providers.push_back({.name = "p"});
    config_.models.push_back({.name = "small", .provider = "p", .upstream = "small-1"});
    for (const char* name : {"a", "b"}) {
      config::CategoryConfig category;
      category.name = name;
      config_.categories.push_back(std::move(category));
    }
    config_.router.llm.emplace();
    llm().model = "small";
    llm().structure = config::LlmStructure::kToken;
    llm().deadline = std::chrono::duration_cast<config::Milliseconds>(kPatience);
    provider_.name = "p";
    provider_.host = "127.0.0.1";
    provider_.target = std::make_shared<const http::Target>(
        http::Target{{"127.0.0.1", peer_.port(), nullptr}, 16, 16, std::chrono::seconds(10)});
    prices_.input = base::TokenPrice{1'000'000};
    prices_.output = base::TokenPrice{2'000'000};
  }
  config::LlmConfig& llm() { return *config_.router.llm; }
  net::Loop& loop() { return run_.loop(); }

  // Takes the settings as they are now.
  void open(int failures_to_open = 5) {
    auto made = Consultant::make(config_, provider_, prices_, {});
    ASSERT_TRUE(made) << made.error().message();
    by_ = *made;
    desk_.use(by_, {.consecutive_failures = failures_to_open});
  }
  net::Awaitable<> ask_into(std::string text, Heard& heard, net::CancelToken& cancel, bool& over) {
    heard = co_await desk_.ask(by_, text, {}, cancel);
    over = true;
  }
  Heard ask(const std::string& text = "hello") {
    Heard heard;
    bool over = false;
    run_.run(ask_into(text, heard, cancel_, over));
    EXPECT_TRUE(over);
    return heard;
  }
  // Answers `count` calls on connections of their own.
  void answer(const std::string& with, int count = 1) {
    for (int i = 0; i < count; ++i) peer_.next({read_to(kRequest), send(with)});
  }

  test_support::LoopRun run_;
  net::Resolver resolver_;
  TcpPeer peer_{run_.loop()};
  http::ClientPool pool_{run_.loop(), resolver_};
  telemetry::Registry registry_;
  telemetry::Shard& shard_ = registry_.add_shard();
  config::Config config_;
  upstream::Provider provider_;
  route::Prices prices_;
  net::CancelToken cancel_;
  ConsultantPtr by_;
  OpinionDesk desk_{run_.loop(), pool_, shard_, 1, 1};
};

TEST_F(OpinionDeskTest, BringsTheModelsOpinionAndWhatItCost) {
  open();
  peer_.next({read_to("\"hello\""), send(sure_of_a())});
  const Heard heard = ask();
  EXPECT_EQ(heard.opinion.outcome, OpinionOutcome::kUsed);
  EXPECT_EQ(heard.opinion.source, OpinionSource::kLogprobs);
  ASSERT_EQ(heard.opinion.probabilities.size(), 2U);
  EXPECT_NEAR(heard.opinion.probabilities[0], 0.918, 0.01);
  EXPECT_NEAR(heard.opinion.coverage, 0.98, 0.01);
  EXPECT_EQ(heard.note.bill.cost, base::Money{42'000});
  EXPECT_EQ(heard.note.bill.usage.input_tokens, 40);
  EXPECT_THAT(peer_.received(), HasSubstr("POST /chat/completions"));
  EXPECT_THAT(peer_.received(), HasSubstr("small-1"));
}

TEST_F(OpinionDeskTest, AsksOnceForTheSameTextHoweverItIsSpelled) {
  open();
  answer(sure_of_a());
  EXPECT_FALSE(ask("Reset  my Password").opinion.cached);
  const Heard again = ask("reset my password");
  EXPECT_TRUE(again.opinion.cached);
  EXPECT_EQ(again.opinion.outcome, OpinionOutcome::kUsed);
  EXPECT_EQ(again.note.bill.cost, base::Money{0});
  EXPECT_EQ(peer_.accepted(), 1U);
}

TEST_F(OpinionDeskTest, LetsThoseWhoAskTheSameWaitForOneAnswer) {
  open();
  net::Event go;
  peer_.next({read_to(kRequest), test_support::wait_for(go), send(sure_of_a())});
  Heard heard[2];
  bool over[2] = {false, false};
  net::CancelToken cancels[2];
  auto body = [&]() -> net::Awaitable<> {
    loop().spawn("first", ask_into("hello", heard[0], cancels[0], over[0]));
    loop().spawn("second", ask_into("hello", heard[1], cancels[1], over[1]));
    co_await eventually(loop(), [&] { return peer_.accepted() == 1; });
    go.signal();
    co_await eventually(loop(), [&] { return over[0] && over[1]; });
  };
  run_.run(body());
  EXPECT_EQ(heard[0].opinion.probabilities, heard[1].opinion.probabilities);
  EXPECT_EQ(heard[0].note.bill.cost, base::Money{42'000});
  EXPECT_EQ(heard[1].note.bill.cost, base::Money{0}) << "only the first bears the cost";
  EXPECT_EQ(peer_.accepted(), 1U);
}

TEST_F(OpinionDeskTest, KeepsWhatWasPaidForWhenTheClientLeft) {
  open();
  net::Event go;
  peer_.next({read_to(kRequest), test_support::wait_for(go), send(sure_of_a())});
  Heard heard;
  bool over = false;
  net::CancelToken cancel;
  auto body = [&]() -> net::Awaitable<> {
    loop().spawn("ask", ask_into("hello", heard, cancel, over));
    co_await eventually(loop(), [&] { return peer_.accepted() == 1; });
    cancel.request();
    co_await eventually(loop(), [&] { return over; });
    go.signal();
    Heard later;
    bool later_over = false;
    co_await ask_into("hello", later, cancel_, later_over);
    EXPECT_EQ(later.opinion.outcome, OpinionOutcome::kUsed);
  };
  run_.run(body());
  EXPECT_EQ(heard.opinion.outcome, OpinionOutcome::kCancelled);
  EXPECT_FALSE(heard.note.bill.cost) << "nobody knows yet";
  EXPECT_EQ(peer_.accepted(), 1U);
}

TEST_F(OpinionDeskTest, DoesNotWaitBeyondTheDeadlineAndLeavesASickModelAlone) {
  llm().deadline = std::chrono::milliseconds(20);
  open(2);
  for (int i = 0; i < 2; ++i) peer_.next({read_to(kRequest)});  // never an answer
  EXPECT_EQ(ask("one").opinion.outcome, OpinionOutcome::kLate);
  EXPECT_EQ(ask("two").opinion.outcome, OpinionOutcome::kLate);
  EXPECT_EQ(ask("three").opinion.outcome, OpinionOutcome::kResting);
  EXPECT_EQ(peer_.accepted(), 2U);
}

TEST_F(OpinionDeskTest, TakesEveryStrangeAnswerForDoubtAndOpensItsBreaker) {
  struct Case {
    std::string answer;
    OpinionOutcome outcome;
  };
  const Case cases[] = {
      {says("c"), OpinionOutcome::kUnusable},
      {http("{}"), OpinionOutcome::kUnusable},
      {http("nonsense"), OpinionOutcome::kUnusable},
      {http(R"({"choices":[{"message":{"content":null,"refusal":"I cannot"},"finish_reason":"stop"}]})"),
       OpinionOutcome::kRefused},
      {http("{}", "500 Internal Server Error"), OpinionOutcome::kFailed},
      {http("{}", "429 Too Many Requests", "retry-after: 1\r\n"), OpinionOutcome::kFailed},
      {"HTTP/1.1 200 OK\r\ncontent-length: 400\r\n\r\n{\"choi", OpinionOutcome::kFailed},
      {"not http at all\r\n\r\n", OpinionOutcome::kUnusable},
  };
  for (const Case& one : cases) {
    open(1);
    peer_.next({read_to(kRequest), send(one.answer), test_support::close()});
    const Heard heard = ask();
    EXPECT_EQ(heard.opinion.outcome, one.outcome) << one.answer;
    EXPECT_TRUE(heard.opinion.probabilities.empty());
    EXPECT_EQ(ask("another").opinion.outcome, OpinionOutcome::kResting) << one.answer;
    desk_.use(nullptr, {});  // forgets
  }
}

TEST_F(OpinionDeskTest, AsksForSamplesWhereThereAreNoLogProbabilities) {
  llm().samples = 3;
  open();
  const std::string refused = http(
      R"({"error":{"message":"logprobs are not supported with this model","param":"logprobs"}})", "400 Bad Request");
  TcpPeer::Script answers;
  for (int i = 0; i < 6; ++i) {
    answers.push_back(read_to(kRequest));
    answers.push_back(send(says("a")));
  }
  TcpPeer::Script first = {read_to(kRequest), send(refused)};
  first.insert(first.end(), answers.begin(), answers.end());
  peer_.next(first);
  for (int i = 0; i < 5; ++i) peer_.next(answers);
  const Heard heard = ask();
  EXPECT_EQ(heard.opinion.outcome, OpinionOutcome::kUsed);
  EXPECT_EQ(heard.opinion.source, OpinionSource::kSampled);
  EXPECT_EQ(heard.note.bill.usage.input_tokens, 120);
  EXPECT_EQ(heard.note.bill.cost, base::Money{126'000});
  const std::size_t before = peer_.received().size();
  EXPECT_EQ(ask("another").opinion.outcome, OpinionOutcome::kUsed);
  EXPECT_THAT(peer_.received().substr(before), Not(HasSubstr("logprobs"))) << "what was learnt is kept";
}

TEST_F(OpinionDeskTest, AsksASecondTimeWhenTheFirstCallIsSlowAndKnowsTheBillOfBothWhenBothHaveEnded) {
  llm().hedge = 1;
  llm().cache = 0;
  open();
  net::Event go;
  TcpPeer::Script first;
  for (std::uint32_t i = 0; i < limits::RunningQuantile::kLeast; ++i) {
    first.push_back(read_to(kRequest));
    first.push_back(send(sure_of_a()));
  }
  first.push_back(read_to(kRequest));
  first.push_back(test_support::wait_for(go));
  first.push_back(send(http(R"({"choices":[],"usage":{"prompt_tokens":30,"completion_tokens":2}})")));
  peer_.next(first);
  for (std::uint32_t i = 0; i < limits::RunningQuantile::kLeast; ++i) EXPECT_FALSE(ask().note.hedged);
  answer(sure_of_a());
  OpinionDesk::Asked asked = desk_.put(by_, "hello", {});
  ASSERT_TRUE(asked.call && asked.first);
  Heard heard;
  auto body = [&]() -> net::Awaitable<> {
    heard = co_await asked.answer(cancel_);
    EXPECT_FALSE(asked.call->bill().cost) << "nobody knows what the slower one will be billed for";
    go.signal();
    co_await eventually(loop(), [&] { return asked.call->bill().cost.has_value(); });
  };
  run_.run(body());
  EXPECT_EQ(heard.opinion.outcome, OpinionOutcome::kUsed);
  EXPECT_TRUE(heard.note.hedged);
  EXPECT_FALSE(heard.note.bill.cost);
  EXPECT_EQ(asked.call->bill().cost, base::Money{42'000 + 34'000});
  EXPECT_EQ(asked.call->bill().usage.input_tokens, 70);
  EXPECT_EQ(peer_.accepted(), 2U);
}

TEST_F(OpinionDeskTest, KnowsWhatAnAnswerCostThatIsOfNoUseAndNotOfOneThatBrokeOff) {
  struct Case {
    std::string answer;
    std::optional<base::Money> cost;
  };
  const Case cases[] = {
      {says("c"), base::Money{42'000}},
      {http(R"({"usage":{"prompt_tokens":40,"completion_tokens":1}})"), base::Money{42'000}},
      {http("{}"), std::nullopt},
      {"HTTP/1.1 200 OK\r\ncontent-length: 400\r\n\r\n{\"choi", std::nullopt},
      {"HTTP/1.1 200 OK\r\n", std::nullopt},
      {http("{}", "500 Internal Server Error"), base::Money{0}},
  };
  for (const Case& one : cases) {
    open();
    peer_.next({read_to(kRequest), send(one.answer), test_support::close()});
    EXPECT_EQ(ask().note.bill.cost, one.cost) << one.answer;
    desk_.use(nullptr, {});  // forgets
  }
}

TEST_F(OpinionDeskTest, SpendsNoMoreThanItMay) {
  llm().cache = 0;
  open();
  const auto most = by_->most_of(by_->question("hello", by_->offer({})));
  ASSERT_TRUE(most);
  llm().max_cost_per_hour = base::Money{most->nanos * 2 + 100};
  open();
  answer(sure_of_a());
  EXPECT_EQ(ask("hello").opinion.outcome, OpinionOutcome::kUsed);
  // What the first did not use came back, but not all of it.
  EXPECT_EQ(ask("world").opinion.outcome, OpinionOutcome::kNoBudget);
  EXPECT_EQ(peer_.accepted(), 1U);
}

TEST_F(OpinionDeskTest, IsNotMadeWhereItsBudgetCouldNotBeKept) {
  prices_.output.reset();
  llm().max_cost_per_hour = base::Money{1'000'000'000};
  const auto made = Consultant::make(config_, provider_, prices_, {});
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message(), HasSubstr("prices of small-1 are not known"));
}

TEST_F(OpinionDeskTest, TurnsAwayMoreQuestionsThanMayBeUnderWay) {
  llm().max_concurrent = 1;
  open();
  net::Event go;
  peer_.next({read_to(kRequest), test_support::wait_for(go), send(sure_of_a())});
  Heard first;
  bool over = false;
  auto body = [&]() -> net::Awaitable<> {
    loop().spawn("first", ask_into("hello", first, cancel_, over));
    co_await eventually(loop(), [&] { return peer_.accepted() == 1; });
    Heard second;
    bool second_over = false;
    net::CancelToken cancel;
    co_await ask_into("another", second, cancel, second_over);
    EXPECT_EQ(second.opinion.outcome, OpinionOutcome::kBusy);
    go.signal();
    co_await eventually(loop(), [&] { return over; });
  };
  run_.run(body());
  EXPECT_EQ(first.opinion.outcome, OpinionOutcome::kUsed);
}

TEST_F(OpinionDeskTest, GivesUpEverythingWhenToldToStop) {
  open();
  peer_.next({read_to(kRequest)});
  Heard heard;
  bool over = false;
  auto body = [&]() -> net::Awaitable<> {
    loop().spawn("ask", ask_into("hello", heard, cancel_, over));
    co_await eventually(loop(), [&] { return peer_.accepted() == 1; });
    desk_.stop();
    co_await eventually(loop(), [&] { return over && loop().running() <= 3; });
  };
  run_.run(body());
  EXPECT_EQ(heard.opinion.outcome, OpinionOutcome::kCancelled);
}

}  // namespace
}  // namespace pointsman::gateway
