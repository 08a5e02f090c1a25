// `tune`, and what a certified configuration does afterwards: from labelled lines to the fallback model.
#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "classify/certificate.h"
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

// Requests of the kinds in weather_and_sums, with other towns and numbers; every 50th sum is called weather.
std::string requests(int count, bool mistakes) {
  std::string lines;
  for (int i = 0; i < count; ++i) {
    const bool sum = i % 2 == 0;
    const std::string text = sum ? "multiply " + std::to_string(i) + " by twelve and add seven"
                                 : "weather forecast for town " + std::to_string(i) + ", will it rain";
    const bool wrong = mistakes && i % 50 == 0;
    lines += R"({"text": ")" + text + R"(", "category": ")" + (sum && !wrong ? "sums" : "weather") + "\"}\n";
  }
  return lines;
}

class TuneCommand : public testing::Test {
 protected:
  TuneCommand() {
    put(training_, test::weather_and_sums());
    put(data_, requests(400, true));
    EXPECT_EQ(line_.run({"train", training_, "-o", model_, "--threads", "1", "--effort", "fast"}).code, kOk);
  }

  Ran tune(std::vector<std::string> more, const std::string& data = "") {
    std::vector<std::string> arguments{"tune", data.empty() ? data_ : data, "--model", model_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return line_.run(std::move(arguments));
  }

  void put_config(const std::string& promise) {
    put(config_,
        "providers: {openai: {api_key: sk-0123456789abcdef0123}}\n"
        "models:\n"
        "  small: {provider: openai, price: {input: 0.1, output: 0.4}}\n"
        "  large: {provider: openai, price: {input: 2, output: 8}}\n"
        "categories: {weather: {models: [small]}, sums: {models: [large]}}\n"
        "router:\n"
        "  fallback: [large]\n"
        "  classifier: model.pm\n" +
            (promise.empty() ? "" : "  risk: {" + promise + ", certificate: risk.json}\n"));
  }

  test::TemporaryDirectory directory_;
  std::string training_ = directory_.file("training.jsonl");
  std::string data_ = directory_.file("requests.jsonl");
  std::string model_ = directory_.file("model.pm");
  std::string certificate_ = directory_.file("risk.json");
  std::string config_ = directory_.file("pointsman.yaml");
  CommandLine line_;
};

TEST_F(TuneCommand, WritesACertificateAndSaysWhatItMeans) {
  const Ran ran = tune({"--order", "weather,sums", "--risk", "5%", "-o", certificate_});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("at most 5 % under-routed, with 95 % confidence"));
  EXPECT_THAT(ran.out, HasSubstr("weather < sums"));
  EXPECT_THAT(ran.out, HasSubstr("certified: "));
  EXPECT_THAT(ran.out, HasSubstr("> 5 %"));
  EXPECT_THAT(ran.out, HasSubstr("exchangeable"));
  EXPECT_THAT(ran.err, HasSubstr("wrote " + certificate_));
  const auto read = classify::read_certificate(get(certificate_));
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_TRUE(read->certified);
  EXPECT_EQ(read->evidence.rows, 400U);
  EXPECT_LE(read->evidence.bound, 0.05);
  EXPECT_EQ(read->traffic.rows, read->evidence.rows);
  EXPECT_FALSE(read->traffic.levels.empty()) << "so that a gateway notices other requests";
}

TEST_F(TuneCommand, ThePercentSignIsOptional) {
  ASSERT_EQ(tune({"--order", "weather,sums", "--risk", "0.05", "--confidence", "0.9", "-o", certificate_}).code, kOk);
  const auto read = classify::read_certificate(get(certificate_));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->at_most, 0.05);
  EXPECT_EQ(read->confidence, 0.9);
  for (const char* wrong : {"0", "0%", "100%", "-1%", "two", "5 %"}) {
    const Ran ran = tune({"--risk", wrong});
    EXPECT_EQ(ran.code, kFailed) << wrong;
    EXPECT_THAT(ran.err, HasSubstr("--risk")) << wrong;
  }
}

TEST_F(TuneCommand, TheJsonHoldsTheCertificateAndTheCurve) {
  const Ran ran = tune({"--any-mistake", "--risk", "6%", "--json"});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  const json::value root = json::parse(ran.out);
  EXPECT_EQ(root.at("certificate").at("risk").at("kind").as_string(), "any_mistake");
  EXPECT_EQ(root.at("curve").as_array().size(), 6U);
  double before = 0;
  for (const json::value& line : root.at("curve").as_array()) {
    const double kept = line.at("kept").to_number<double>();
    EXPECT_GE(kept, before);
    before = kept;
  }
  EXPECT_GT(before, 0.5);
}

TEST_F(TuneCommand, TooFewLabelsCertifyNothingAndSayHowManyAreMissing) {
  put(data_, requests(60, false));
  const Ran ran = tune({"--order", "weather,sums", "-o", certificate_});
  EXPECT_EQ(ran.code, kCheckFailed);
  EXPECT_THAT(ran.out, HasSubstr("nothing can be certified"));
  EXPECT_THAT(ran.out, HasSubstr("label about 90 more requests like those you get (150 in all)"));
  const auto read = classify::read_certificate(get(certificate_));
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->certified);
  for (const auto& one : read->categories) EXPECT_GT(one.threshold, 1);
}

TEST_F(TuneCommand, TheExamplesItLearntFromProveNothing) {
  const Ran ran = tune({"--order", "weather,sums"}, training_);
  EXPECT_EQ(ran.code, kFailed);
  EXPECT_THAT(ran.err, HasSubstr("the classifier learnt from these very examples"));
}

TEST_F(TuneCommand, UnknownCategoriesAndFilesAreNamed) {
  EXPECT_THAT(tune({"--order", "weather,sumz"}).err, HasSubstr("does not know the category sumz; it knows"));
  EXPECT_THAT(tune({"--order", "weather,weather"}).err, HasSubstr("twice"));
  EXPECT_THAT(tune({}, directory_.file("none.jsonl")).err, HasSubstr("No such file"));
  put(directory_.file("costs.json"), "{\"sums\": {\"weather\": 3}}");
  EXPECT_THAT(tune({"--cost", directory_.file("costs.json")}).err, HasSubstr("costs.json: 1:22: a cost is a number"));
  EXPECT_EQ(tune({"--order", "a,b", "--any-mistake"}).code, kUsage);
}

TEST_F(TuneCommand, CostsKeepMoreThanMistakesCountedWhole) {
  put(directory_.file("costs.json"), R"({"sums": {"weather": 0.2}, "weather": {"sums": 0.2}})");
  const auto kept = [](const Ran& ran) { return json::parse(ran.out).at("kept").to_number<double>(); };
  const Ran cheap = tune({"--cost", directory_.file("costs.json"), "--json", "-o", certificate_});
  const Ran whole = tune({"--any-mistake", "--json"});
  EXPECT_GE(kept(cheap), kept(whole));
  const auto read = classify::read_certificate(get(certificate_));
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->costs.size(), 6U);
}

TEST_F(TuneCommand, PricesOfTheConfigurationBecomeMoney) {
  put_config("");
  const Ran ran = tune({"--config", config_, "--risk", "5%"});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("weather < sums"));
  EXPECT_THAT(ran.out, HasSubstr("$ per 1,000"));
  EXPECT_THAT(ran.out, HasSubstr("everything to the fallback: $ "));
}

TEST_F(TuneCommand, ACertifiedConfigurationObeysItsThresholds) {
  ASSERT_EQ(tune({"--order", "weather,sums", "--risk", "5%", "-o", certificate_}).code, kOk);
  put_config("under_routing: 5%");
  const Ran check = line_.run({"check", "--config", config_});
  ASSERT_EQ(check.code, kOk) << check.err;
  EXPECT_THAT(check.out, HasSubstr("promise     at most 5 % under-routed, with 95 % confidence"));
  EXPECT_THAT(check.out, HasSubstr(", certified"));
  const auto threshold = classify::read_certificate(get(certificate_))->categories[0].threshold;
  for (const char* text : {"weather forecast for town 3, will it rain", "weather", "multiply", "rain by seven"}) {
    const Ran ran = line_.run({"route", "--config", config_, "--json", text});
    ASSERT_EQ(ran.code, kOk) << ran.err;
    const json::value root = json::parse(ran.out);
    EXPECT_EQ(root.at("threshold_from").as_string(), "certificate");
    EXPECT_EQ(root.at("promise").as_string(), "at most 5 % under-routed, with 95 % confidence");
    if (root.at("category").as_string() != "weather") continue;
    const bool kept = root.at("confidence").to_number<double>() >= static_cast<double>(threshold);
    EXPECT_EQ(root.at("reason").as_string(), kept ? "at_or_above_certified_threshold" : "below_certified_threshold");
    EXPECT_EQ(root.at("model").as_string(), kept ? "small" : "large");
  }
  EXPECT_THAT(line_.run({"route", "--config", config_, "weather forecast for town 3"}).out, HasSubstr(", certified)"));
}

TEST_F(TuneCommand, WithNothingCertifiedEverythingGoesToTheFallback) {
  put(data_, requests(60, false));
  ASSERT_EQ(tune({"--order", "weather,sums", "-o", certificate_}).code, kCheckFailed);
  put_config("under_routing: 2%");
  const Ran check = line_.run({"check", "--config", config_});
  ASSERT_EQ(check.code, kOk) << check.err;
  EXPECT_THAT(check.out, HasSubstr("warning: "));
  EXPECT_THAT(check.out, HasSubstr("pointsman.yaml:9:"));
  EXPECT_THAT(check.out, HasSubstr("nothing is certified"));
  const Ran ran = line_.run({"route", "--config", config_, "--json", "weather forecast for town 3, will it rain"});
  const json::value root = json::parse(ran.out);
  EXPECT_EQ(root.at("model").as_string(), "large");
  EXPECT_EQ(root.at("stage").as_string(), "fallback");
  EXPECT_EQ(root.at("reason").as_string(), "nothing_certified");
  EXPECT_TRUE(root.at("promise").is_null());
}

TEST_F(TuneCommand, ACertificateOfAnotherClassifierDoesNotLoad) {
  ASSERT_EQ(tune({"--order", "weather,sums", "--risk", "5%", "-o", certificate_}).code, kOk);
  put(training_, test::weather_and_sums() + "{\"text\": \"what is six times nine\", \"category\": \"sums\"}\n");
  ASSERT_EQ(line_.run({"train", training_, "-o", model_, "--threads", "1", "--effort", "fast"}).code, kOk);
  put_config("under_routing: 5%");
  const Ran check = line_.run({"check", "--config", config_});
  EXPECT_EQ(check.code, kCheckFailed);
  EXPECT_THAT(check.err, HasSubstr(config_ + ":9:"));
  EXPECT_THAT(check.err, HasSubstr("is about the classifier"));
  EXPECT_THAT(check.err, HasSubstr("run `pointsman tune DATA.jsonl --model " + model_ + " --risk 5%"));
}

TEST_F(TuneCommand, ShapeRowsMustBeOthers) {
  EXPECT_THAT(tune({"--any-mistake", "--shape", data_}).err, HasSubstr("must be other examples"));
  put(directory_.file("shape.jsonl"), requests(300, true));
  EXPECT_EQ(tune({"--any-mistake", "--risk", "5%", "--shape", directory_.file("shape.jsonl")}).code, kOk);
}

TEST_F(TuneCommand, TheHelpSufficesToUseIt) {
  const Ran ran = line_.run({"tune", "--help"});
  for (const char* word : {"--risk", "--confidence", "--order", "--cost", "--shape", "Example:", "exit code is 3"}) {
    EXPECT_THAT(ran.out, HasSubstr(word));
  }
}

}  // namespace
}  // namespace pointsman::cli
