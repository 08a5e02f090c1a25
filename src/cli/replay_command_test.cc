// `replay` over a ledger on disk: what is printed, as text and as JSON, and what is refused.
#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "config/policy.h"
#include "ledger_sqlite/store.h"
#include "support/command_line.h"

namespace pointsman::cli {
namespace {

using test::CommandLine;
using test::get;
using test::put;
using test::Ran;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
namespace json = boost::json;

constexpr std::int64_t kNow = 1'767'348'000;  // 2026-01-02 10:00:00 UTC

config::Policy policy() {
  const auto model = [](const char* name, std::int64_t cents) {
    const auto price = base::TokenPrice::per_million({cents * 10'000'000});
    return route::Model{
        .name = name, .provider = "p", .upstream_name = name, .prices = {.input = price, .output = price}};
  };
  return {.router = "auto",
          .stages = {config::RouterStage::kLocal},
          .categories = {{"weather", "", 0.6F, {"small"}}, {"sums", "", 0.6F, {"middle"}}},
          .fallback = {"large"},
          .models = {model("small", 100), model("middle", 400), model("large", 1000)},
          .expected_output_tokens = 500};
}

class ReplayCommand : public testing::Test {
 protected:
  ReplayCommand() {
    line_.clock = base::ManualClock(base::WallTime(std::chrono::seconds(kNow)));
    document_ = config::policy_document(policy());
    version_ = config::policy_version(document_);
  }

  ledger::Entry entry(float probability, std::int64_t seconds_ago, std::string text = "") {
    ledger::Entry out;
    out.id = ids_.next(base::WallTime(std::chrono::seconds(kNow - seconds_ago)));
    out.started = std::chrono::floor<std::chrono::microseconds>(out.id.time());
    out.requested_model = "auto";
    out.conversation = static_cast<std::uint64_t>(seconds_ago);
    out.text = std::move(text);
    out.probabilities = {probability, 1 - probability};
    out.probability = probability;
    out.category = "weather";
    out.threshold = 0.6F;
    out.stage = "local";
    out.reason = "at_or_above_threshold";
    out.candidates = {"small", "large"};
    out.model = "small";
    out.usage = {.input_tokens = 1000, .output_tokens = 1000};
    out.cost = base::Money{2'000'000};
    out.policy_version = version_;
    out.classifier_version = "0123456789abcdef";
    return out;
  }

  void keep(const std::vector<ledger::Entry>& entries) {
    ledger_sqlite::StoreOptions options;
    options.directory = ledger_;
    options.ring_bytes = 1 << 20;
    options.writer.clock = &line_.clock;
    auto store = ledger_sqlite::open_store(options);
    ASSERT_TRUE(store) << store.error().message();
    ASSERT_TRUE((*store)->save_policy(version_, document_));
    for (const ledger::Entry& entry : entries) {
      ASSERT_TRUE((*store)->sink(0).reserve());
      (*store)->sink(0).append(entry);
    }
    ASSERT_TRUE((*store)->close());
  }

  Ran replay(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"replay", "--ledger", ledger_});
    return line_.run(std::move(more));
  }

  test::TemporaryDirectory directory_;
  std::string ledger_ = directory_.file("ledger");
  std::string document_;
  std::string version_;
  base::UuidGenerator ids_{7};
  CommandLine line_;
};

TEST_F(ReplayCommand, TellsWhatHappenedWhenNothingIsChanged) {
  keep({entry(0.9F, 7200), entry(0.7F, 7100)});
  const Ran ran = replay();
  ASSERT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("what happened"), HasSubstr("2 requests"), HasSubstr("$0.004"),
                             HasSubstr("2 conversations"), Not(HasSubstr("what if"))));
}

TEST_F(ReplayCommand, ShowsOtherThresholdsBesideWhatHappened) {
  keep({entry(0.95F, 7200), entry(0.7F, 7100)});
  const Ran ran = replay({"--thresholds", "0.9", "--since", "1d"});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr("what if: thresholds 0.9"), HasSubstr("$0.022"), HasSubstr("+450.0 %"),
                    HasSubstr("1 in another category (50.0 %)"), HasSubstr("(in doubt)"), HasSubstr("difference")));
}

TEST_F(ReplayCommand, SaysTheSameInJson) {
  keep({entry(0.95F, 7200), entry(0.7F, 7100)});
  const Ran ran = replay({"--thresholds", "weather=0.9", "--json"});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  const json::value all = json::parse(ran.out);
  EXPECT_EQ(all.at("replayed"), 2);
  EXPECT_EQ(all.at("other_model"), 1);
  EXPECT_DOUBLE_EQ(all.at("what_if").at("cost_usd").as_double(), 0.022);
  EXPECT_EQ(all.at("what_if").at("in_doubt"), 1);
  EXPECT_NEAR(all.at("happened").at("expected_mistakes").at("value").as_double(), 0.35, 1e-6);
  EXPECT_NEAR(all.at("conversations").at("difference_usd_each").at("value").as_double(), 0.009, 1e-9);
}

TEST_F(ReplayCommand, RunsAnotherClassifierOnKeptTexts) {
  const std::string data = directory_.file("data.jsonl");
  const std::string artefact = directory_.file("trained.pm");
  put(data, test::weather_and_sums());
  ASSERT_EQ(line_.run({"train", data, "-o", artefact, "--threads", "1", "--effort", "fast"}).code, kOk);
  keep({entry(0.9F, 7200, "multiply 5 by twelve"), entry(0.9F, 7100, "will it rain in Graz today"), entry(0.9F, 60)});
  const Ran ran = replay({"--classifier", artefact, "--thresholds", "0.5", "--json"});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  const json::value all = json::parse(ran.out);
  EXPECT_EQ(all.at("replayed"), 2);
  EXPECT_EQ(all.at("not_replayed").at("no_text"), 1);
  EXPECT_EQ(all.at("what_if").at("categories").at("sums"), 1);
  EXPECT_EQ(all.at("what_if").at("categories").at("weather"), 1);
  EXPECT_THAT(replay({"--classifier", artefact}).out, HasSubstr("1 not: neither the text nor its features were kept"));
}

TEST_F(ReplayCommand, RefusesWhatMakesNoSense) {
  keep({entry(0.9F, 7200)});
  EXPECT_EQ(replay({"--since", "yesterday"}).code, kUsage);
  EXPECT_EQ(replay({"--gap", "long"}).code, kUsage);
  EXPECT_THAT(replay({"--thresholds", "high"}).err, HasSubstr("--thresholds high"));
  EXPECT_THAT(replay({"--thresholds", "wheather=0.5"}).err, HasSubstr("has a category 'wheather'"));
  EXPECT_THAT(replay({"--classifier", "nowhere.pm"}).err, HasSubstr("nowhere.pm"));
  EXPECT_THAT(replay({"--since", "1m"}).err, HasSubstr("no entries match"));
}

TEST_F(ReplayCommand, EvalOffPolicyReadsRewardsAndRefusesAThinLog) {
  std::vector<ledger::Entry> entries;
  std::string rewards;
  for (int i = 0; i < 200; ++i) {
    ledger::Entry one = entry(i % 2 == 0 ? 0.95F : 0.7F, 7200 + i);
    const bool explored = i % 5 == 0;
    if (explored) one.candidates = {"large", "small"};
    one.exploration = {.preferred = "small", .propensity = explored ? 0.2F : 0.8F};
    one.model = one.candidates.front();
    if (explored) one.cost = base::Money{20'000'000};
    rewards += fmt::format("{{\"decision\": \"{}\", \"reward\": {}}}\n", one.id.to_string(), i % 3 == 0 ? 0 : 1);
    entries.push_back(std::move(one));
  }
  keep(entries);
  const std::string path = directory_.file("rewards.jsonl");
  put(path, rewards);
  const auto eval = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"eval", "--off-policy", "--ledger", ledger_});
    return line_.run(std::move(more));
  };
  const Ran told = eval({path, "--thresholds", "0.9"});
  EXPECT_EQ(told.code, kOk) << told.err;
  EXPECT_THAT(told.out, AllOf(HasSubstr("off-policy: thresholds 0.9"), HasSubstr("200 logged choices"),
                              HasSubstr("snips"), HasSubstr("reward a request")));
  const Ran json_told = eval({path, "--thresholds", "0.9", "--json"});
  EXPECT_EQ(json::parse(json_told.out).at("overlap").at("choices"), 200);
  EXPECT_THAT(eval({"--thresholds", "0.9"}).out, HasSubstr("dollars a request"));
  put(path, rewards.substr(0, rewards.find('\n') + 1));
  const Ran thin = eval({path, "--thresholds", "0.9"});
  EXPECT_EQ(thin.code, kCheckFailed);
  EXPECT_THAT(thin.out, HasSubstr("refused: the log cannot tell"));
  EXPECT_EQ(line_.run({"eval"}).code, kUsage);
}

}  // namespace
}  // namespace pointsman::cli
