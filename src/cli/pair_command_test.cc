// `pair` against a simulated teacher, and what `check` and `route` say of a small model.
#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "classify/pairing.h"
#include "cli/simulate_options.h"
#include "simulate/cluster.h"
#include "simulate/teacher.h"
#include "support/command_line.h"

namespace pointsman::cli {
namespace {

using test::CommandLine;
using test::get;
using test::put;
using test::Ran;
using testing::HasSubstr;
using testing::Not;
namespace json = boost::json;

// Requests of the kinds in weather_and_sums; every other one in words that the classifier has not learnt.
std::string requests(int count) {
  std::string lines;
  for (int i = 0; i < count; ++i) {
    const bool sum = i % 2 == 0;
    const bool known = i % 4 < 2;
    const std::string n = std::to_string(i);
    const std::string text =
        sum ? (known ? "multiply " + n + " by twelve and add seven" : "tally up item " + n)
            : (known ? "weather forecast for town " + n + ", will it rain" : "umbrella or coat " + n);
    lines += R"({"text": ")" + text + R"(", "category": ")" + (sum ? "sums" : "weather") + "\"}\n";
  }
  return lines;
}

class PairCommand : public testing::Test {
 protected:
  PairCommand() {
    put(training_, test::weather_and_sums());
    put(data_, requests(500));
    EXPECT_EQ(line_.run({"train", training_, "-o", model_, "--threads", "1", "--effort", "fast"}).code, kOk);
  }

  void teach(const std::vector<simulate::FaultRate>& faults = {}) {
    cluster_.reset();
    auto teacher = simulated_teacher(get(data_), "gold", {.accuracy = 0.98, .latency_ms = 0});
    ASSERT_TRUE(teacher) << teacher.error().message();
    simulate::ProviderOptions provider{.name = "mini"};
    provider.faults = faults;
    provider.teacher = *teacher;
    simulate::Options options;
    options.providers.push_back(provider);
    auto started = simulate::Cluster::start(options);
    ASSERT_TRUE(started) << started.error().message();
    cluster_ = std::move(*started);
    put_config();
  }

  void put_config(const std::string& llm = "", const std::string& base_url = "") {
    const std::string url = !base_url.empty() ? base_url : cluster_ ? cluster_->providers()[0].base_url() : "";
    put(config_,
        "providers:\n"
        "  openai: {api_key: sk-0123456789abcdef0123}\n"
        "  tiny: {base_url: \"" +
            url +
            "\"}\n"
            "models:\n"
            "  small: {provider: openai, price: {input: 0.1, output: 0.4}}\n"
            "  large: {provider: openai, price: {input: 20, output: 80}}\n"
            "categories:\n"
            "  weather: {models: [small], examples: [will it rain tomorrow]}\n"
            "  sums: {models: [small], examples: [add two and two]}\n"
            "router:\n"
            "  fallback: [large]\n"
            "  classifier: model.pm\n"
            "  llm: {provider: tiny, model: mini, price: {input: 0.15, output: 0.6}" +
            llm + "}\n");
  }

  Ran pair(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"pair",   data_, "--config", config_, "--any-mistake",
                                       "--risk", "5%",  "-o",       pair_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return line_.run(std::move(arguments));
  }

  test::TemporaryDirectory directory_;
  std::string training_ = directory_.file("training.jsonl");
  std::string data_ = directory_.file("requests.jsonl");
  std::string model_ = directory_.file("model.pm");
  std::string pair_ = directory_.file("pair.json");
  std::string config_ = directory_.file("pointsman.yaml");
  std::unique_ptr<simulate::Cluster> cluster_;
  CommandLine line_;
};

TEST_F(PairCommand, WritesWhatTheGatewayLoads) {
  teach();
  const Ran ran = pair();
  ASSERT_EQ(ran.code, kOk) << ran.out << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("at most 5 % kept in the wrong category, with 95 % confidence"));
  EXPECT_THAT(ran.out, HasSubstr("both together"));
  EXPECT_THAT(ran.out, HasSubstr("classifier, then the small model"));
  EXPECT_THAT(ran.out, HasSubstr("pairing: pair.json"));
  const auto read = classify::read_pairing(get(pair_));
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_TRUE(read->certified);
  EXPECT_EQ(read->model, "mini");
  EXPECT_GT(read->kept_share, 0.8);
  put_config(", pairing: pair.json");
  const Ran check = line_.run({"check", "--config", config_});
  EXPECT_EQ(check.code, kOk) << check.err;
  EXPECT_THAT(check.out, HasSubstr("with the small model"));
  EXPECT_THAT(check.out, HasSubstr("its prompt, with the longest choice of 2 labels"));
  EXPECT_THAT(check.out, testing::AnyOf(HasSubstr(" of at most 50 tokens"), HasSubstr("cannot count tokens")));
}

TEST_F(PairCommand, AsksNothingTwice) {
  teach();
  ASSERT_EQ(pair().code, kOk);
  const std::string first = get(pair_);
  cluster_.reset();  // nobody is there to be asked
  const Ran again = pair({"--json"});
  ASSERT_EQ(again.code, kOk) << again.err;
  EXPECT_EQ(get(pair_), first);
  const json::value root = json::parse(again.out);
  EXPECT_EQ(root.at("asking").at("questions").to_number<int>(), 0);
  EXPECT_GT(root.at("asking").at("dollars_per_question").to_number<double>(), 0);
}

TEST_F(PairCommand, APairingThatDoesNotFitTheConfigurationIsNoObstacle) {
  teach();
  put(pair_, "{}");
  put_config(", pairing: pair.json");
  EXPECT_EQ(pair().code, kOk);
  EXPECT_EQ(line_.run({"check", "--config", config_}).code, kOk);
}

TEST_F(PairCommand, SaysWhatTheProviderSaidAndWhatToDo) {
  teach({{"bad-key", 1}});
  const Ran refused = pair();
  EXPECT_EQ(refused.code, kFailed);
  EXPECT_THAT(refused.err, HasSubstr("mini: the provider of the small model answered 401"));
  EXPECT_THAT(refused.err, HasSubstr("check the provider's api_key"));
}

TEST_F(PairCommand, RefusesToBeginWithTooLittle) {
  teach();
  put(data_, requests(100));
  const Ran few = pair();
  EXPECT_EQ(few.code, kFailed);
  EXPECT_THAT(few.err, HasSubstr("100 requests are too few, so nobody was asked"));
  EXPECT_THAT(line_.run({"pair", training_, "--config", config_, "-o", pair_}).err, HasSubstr("prove nothing"));
  put(config_,
      "providers: {openai: {api_key: sk-0123456789abcdef0123}}\nmodels: {large: {provider: openai}}\n"
      "categories: {weather: {models: [large]}, sums: {models: [large]}}\nrouter: {fallback: [large]}\n");
  EXPECT_THAT(pair().err, HasSubstr("names no small model"));
}

TEST_F(PairCommand, RouteAsksOnlyWhenToldTo) {
  teach();
  ASSERT_EQ(pair().code, kOk);
  put_config(", pairing: pair.json");
  const std::vector<std::string> route{"route", "--config", config_, "umbrella or coat 3"};
  EXPECT_THAT(line_.run(route).out, HasSubstr("mini would be asked"));
  std::vector<std::string> asking = route;
  asking.emplace_back("--ask");
  const Ran asked = line_.run(asking);
  EXPECT_THAT(asked.out, HasSubstr("decided   by llm: llm_at_or_above_threshold")) << asked.err;
  EXPECT_THAT(asked.out, HasSubstr("mini: used, from log-probabilities"));
  asking.emplace_back("--json");
  const json::value root = json::parse(line_.run(asking).out);
  EXPECT_EQ(root.at("llm").at("outcome").as_string(), "used");
  EXPECT_EQ(root.at("category").as_string(), "weather");
  EXPECT_EQ(root.at("promise").as_string(), "at most 5 % kept in the wrong category, with 95 % confidence");
  cluster_.reset();
  EXPECT_THAT(line_.run({"route", "--config", config_, "--ask", "umbrella or coat 3"}).out, HasSubstr("mini: failed"));
}

TEST_F(PairCommand, CheckShowsHowItWouldBeAskedBeforeAnythingWasMeasured) {
  teach();
  const Ran check = line_.run({"check", "--config", config_});
  EXPECT_EQ(check.code, kOk) << check.err;
  EXPECT_THAT(check.out, HasSubstr("nobody has measured what its opinion is worth"));
  EXPECT_THAT(check.out, HasSubstr("small model  mini at tiny"));
  EXPECT_THAT(check.out, HasSubstr("will it rain tomorrow"));
}

}  // namespace
}  // namespace pointsman::cli
