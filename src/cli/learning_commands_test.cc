// `train`, `eval` and `classify`: from labelled lines to answers, with exit codes and messages.
#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <filesystem>

#include "support/command_line.h"

namespace pointsman::cli {
namespace {

using test::CommandLine;
using test::get;
using test::put;
using test::Ran;
using test::weather_and_sums;
using testing::HasSubstr;
using testing::Not;
namespace json = boost::json;

class LearningCommands : public testing::Test {
 protected:
  LearningCommands() { put(data_, weather_and_sums()); }
  Ran train(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"train", data_, "-o", model_, "--threads", "1", "--effort", "fast"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return line_.run(std::move(arguments));
  }

  test::TemporaryDirectory directory_;
  std::string data_ = directory_.file("data.jsonl");
  std::string model_ = directory_.file("model.pm");
  CommandLine line_;
};

TEST_F(LearningCommands, TrainWritesAnArtefactAndAReport) {
  const Ran ran = train();
  ASSERT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("accuracy out of fold"));
  EXPECT_THAT(ran.out, HasSubstr("calibration error"));
  EXPECT_THAT(ran.out, HasSubstr("weather"));
  EXPECT_THAT(ran.err, HasSubstr("cross-validation"));
  EXPECT_THAT(ran.err, HasSubstr("wrote " + model_));
  EXPECT_THAT(ran.err, Not(HasSubstr("\x1b")));
  EXPECT_TRUE(std::filesystem::exists(model_));
}

TEST_F(LearningCommands, TrainTellsWhetherMoreExamplesWouldHelp) {
  const Ran ran = train();
  ASSERT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("would more examples help?"));
  EXPECT_THAT(ran.out, HasSubstr("the second half brought"));
  EXPECT_THAT(ran.out, HasSubstr("second view           none: not tried"));
}

TEST_F(LearningCommands, TrainTellsWhatTheNetworkBrought) {
  put(data_, weather_and_sums() +  // rows that cannot all be right: there is something to improve
                 "{\"text\": \"add 3 and eight\", \"category\": \"weather\"}\n"
                 "{\"text\": \"is snow expected near Kiel\", \"category\": \"sums\"}\n");
  const Ran ran = line_.run({"train", data_, "-o", model_, "--threads", "1"});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("character network"));
  EXPECT_THAT(ran.out, HasSubstr("second view           a character network"));
  EXPECT_THAT(ran.out, HasSubstr("log loss"));
}

TEST_F(LearningCommands, TrainLearnsFromAnotherClassifiersExamplesToo) {
  ASSERT_EQ(train().code, kOk);
  const std::string second = directory_.file("second.pm");
  const Ran ran = line_.run({"train", data_, "-o", second, "--threads", "1", "--background", model_});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("and 48 of another classifier"));
  EXPECT_NE(get(second), get(model_));
  EXPECT_THAT(line_.run({"train", data_, "-o", second, "--background", directory_.file("none")}).err,
              HasSubstr("No such file"));
}

TEST_F(LearningCommands, TrainingTwiceGivesTheSameBytesAndLeavesNothingElse) {
  ASSERT_EQ(train().code, kOk);
  const std::string first = get(model_);
  ASSERT_EQ(train().code, kOk);
  EXPECT_EQ(get(model_), first);
  const auto files = std::filesystem::directory_iterator(directory_.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 2);
}

TEST_F(LearningCommands, TheJsonReportIsOneObject) {
  const Ran ran = train({"--json"});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  const json::value report = json::parse(ran.out);
  EXPECT_EQ(report.at("examples").to_number<int>(), 48);
  EXPECT_EQ(report.at("learning_curve").as_array().size(), 3U);
  EXPECT_FALSE(report.at("second_view").at("kept").as_bool());
  EXPECT_TRUE(report.at("scope").at("learned").is_bool());
  EXPECT_TRUE(report.at("needs").is_array());
}

TEST_F(LearningCommands, TheReportNamesDuplicatesConflictsAndSmallCategories) {
  put(data_, weather_and_sums() +
                 "{\"text\": \"add 3 and seven\", \"category\": \"sums\"}\n"
                 "{\"text\": \"add 3 and seven\", \"category\": \"weather\"}\n"
                 "{\"text\": \"good morning to you\", \"category\": \"greeting\"}\n"
                 "{\"text\": \"hello hello\", \"category\": \"greeting\"}\n"
                 "{\"text\": \"hello hello\", \"category\": null}\n");
  const Ran ran = train();
  ASSERT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr(", 1 of no category besides"));
  EXPECT_THAT(ran.out, HasSubstr("(greeting and no category): \"hello hello\""));
  EXPECT_THAT(ran.out, HasSubstr("the same text more than once: counted as weight (1)"));
  EXPECT_THAT(ran.out, HasSubstr("the same text with different categories"));
  EXPECT_THAT(ran.out, HasSubstr("categories that need you"));
  EXPECT_THAT(ran.out, HasSubstr("add at least 8 more; with under 10 its numbers say nothing"));
}

TEST_F(LearningCommands, AFailedTrainingKeepsTheArtefactThatIsThere) {
  put(model_, "precious");
  put(data_, "{\"text\": \"a\", \"category\": \"only\"}\n");
  const Ran ran = train();
  EXPECT_EQ(ran.code, kFailed);
  EXPECT_THAT(ran.err, HasSubstr("at least two categories"));
  EXPECT_EQ(get(model_), "precious");
}

TEST_F(LearningCommands, BrokenLinesAreNamedWithTheirPlace) {
  put(data_, "{\"text\": \"a\", \"category\": \"b\"}\nnonsense\n");
  const Ran ran = train();
  EXPECT_EQ(ran.code, kFailed);
  EXPECT_THAT(ran.err, HasSubstr(data_ + ":2:"));
}

TEST_F(LearningCommands, MissingFilesAreNamed) {
  const Ran ran = line_.run({"train", directory_.file("none.jsonl"), "-o", model_});
  EXPECT_EQ(ran.code, kFailed);
  EXPECT_THAT(ran.err, HasSubstr("none.jsonl: No such file or directory"));
}

TEST_F(LearningCommands, TrainWithNothingToLearnFromIsAMisuse) {
  EXPECT_EQ(line_.run({"train", "-o", model_}).code, kUsage);
  EXPECT_EQ(line_.run({"train", data_}).code, kUsage);
  EXPECT_EQ(train({"--folds", "1"}).code, kUsage);
}

TEST_F(LearningCommands, TrainLearnsFromAConfigurationAlone) {
  const std::string config = directory_.file("pointsman.yaml");
  put(config,
      "providers: {openai: {api_key: sk-0123456789abcdef0123}}\n"
      "models: {small: {provider: openai}, large: {provider: openai}}\n"
      "router: {fallback: [large], classifier: none}\n"
      "categories:\n"
      "  weather: {description: rain and sun, models: [small], examples: [will it rain, is it windy, snow today]}\n"
      "  sums: {description: arithmetic, models: [large], examples: [add two, divide by two, multiply by nine]}\n");
  const Ran ran = line_.run({"train", "--config", config, "-o", model_, "--threads", "1"});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  const Ran classified = line_.run({"classify", "--model", model_, "will it rain"});
  EXPECT_THAT(classified.out, HasSubstr("weather"));
}

TEST_F(LearningCommands, EvalGivesEveryNumberByCategoryName) {
  ASSERT_EQ(train().code, kOk);
  const Ran ran = line_.run({"eval", data_, "--model", model_, "--json"});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  const json::value report = json::parse(ran.out);
  EXPECT_GT(report.at("accuracy").to_number<double>(), 0.9);
  for (const char* name : {"macro_f1", "ece", "brier", "nll"}) EXPECT_TRUE(report.at(name).is_number()) << name;
  const json::value& weather = report.at("per_category").at("weather");
  EXPECT_EQ(weather.at("support").to_number<int>(), 24);
  EXPECT_GT(weather.at("recall").to_number<double>(), 0.9);
  EXPECT_EQ(weather.at("precision_interval").as_array().size(), 2U);
  EXPECT_FALSE(report.at("coverage").as_array().empty());
  EXPECT_FALSE(report.at("confusion").as_array().empty());
  for (const json::value& bin : report.at("calibration").as_array()) {
    EXPECT_EQ(bin.at("interval").as_array().size(), 2U);
  }
  EXPECT_DOUBLE_EQ(report.at("risk_coverage").as_array().back().at("share").to_number<double>(), 1);
  EXPECT_TRUE(report.at("aurc").is_number());
  EXPECT_EQ(report.at("outside").to_number<int>(), 0);
  EXPECT_TRUE(report.at("outside_auroc").is_null()) << "nothing was observed";
  EXPECT_TRUE(weather.at("low_sample").as_bool());
  EXPECT_TRUE(report.at("mistakes").is_array());
}

TEST_F(LearningCommands, EvalWritesAPageBesideItsTable) {
  ASSERT_EQ(train().code, kOk);
  const std::string page = directory_.file("page.html");
  const Ran ran = line_.run({"eval", data_, "--model", model_, "--html", page});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("macro F1"));
  EXPECT_THAT(ran.err, HasSubstr("wrote " + page));
  EXPECT_TRUE(get(page).starts_with("<!doctype html>"));
  const Ran refused = line_.run({"eval", data_, "--model", model_, "--html", directory_.path() + "/no/page.html"});
  EXPECT_EQ(refused.code, kFailed);
}

TEST_F(LearningCommands, EvalPrintsATableAndNamesUnknownCategories) {
  ASSERT_EQ(train().code, kOk);
  put(data_, weather_and_sums() +
                 "{\"text\": \"hi\", \"category\": \"greeting\"}\n"
                 "{\"text\": \"nothing at all\", \"category\": null}\n"
                 "{\"text\": \"add 5 and seven\\u001b[2J\", \"category\": \"weather\"}\n");
  const Ran ran = line_.run({"eval", data_, "--model", model_});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("category  examples  precision"));
  EXPECT_THAT(ran.out, HasSubstr("low sample: under 30"));
  EXPECT_THAT(ran.out, HasSubstr("on 2 examples of no known category"));
  EXPECT_THAT(ran.out, HasSubstr("line 51: \"add 5 and seven [2J\""));
  EXPECT_THAT(ran.out, HasSubstr("most often mistaken"));
  EXPECT_THAT(ran.err, HasSubstr("does not know the category \"greeting\""));
}

TEST_F(LearningCommands, TheBuiltinModelIsTheDefault) {
  EXPECT_THAT(line_.run({"eval", data_}).err, HasSubstr("carries no built-in classifier"));
  ASSERT_EQ(train().code, kOk);
  line_.builtin = get(model_);
  const Ran ran = line_.run({"classify", "--json", "is snow expected"});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  EXPECT_EQ(json::parse(ran.out).at("category").as_string(), "weather");
}

TEST_F(LearningCommands, ClassifyAnswersEveryLineWithOneObject) {
  ASSERT_EQ(train().code, kOk);
  line_.input = "will it rain\n\r\nadd five and six\r\nmultiply";
  const Ran ran = line_.run({"classify", "--model", model_, "--json"});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  std::istringstream lines(ran.out);
  std::vector<std::string> categories;
  for (std::string one; std::getline(lines, one);) {
    const json::value answer = json::parse(one);
    categories.emplace_back(answer.at("category").as_string());
    EXPECT_EQ(answer.at("stage").as_string(), "local");
    double sum = 0;
    for (const auto& pair : answer.at("probabilities").as_object()) sum += pair.value().to_number<double>();
    EXPECT_LE(sum, 1 + 1e-4) << "what is missing is the probability of no category";
    EXPECT_GT(sum, 0);
    EXPECT_FALSE(answer.as_object().contains("features")) << "many texts are not explained";
    EXPECT_EQ(answer.at("probability"), answer.at("probabilities").at(categories.back()));
  }
  ASSERT_EQ(categories.size(), 4U);
  EXPECT_EQ(categories[0], "weather");
  EXPECT_EQ(categories[2], "sums");
  EXPECT_EQ(categories[3], "sums");
}

TEST_F(LearningCommands, ClassifyExplainsATextGivenAsArgument) {
  put(data_, weather_and_sums() + "{\"text\": \"is snow expected\\u001b[2J soon\", \"category\": \"weather\"}\n");
  ASSERT_EQ(train().code, kOk);
  const Ran ran = line_.run({"classify", "--model", model_, "is snow expected soon"});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("  weather\n  runner-up     sums"));
  EXPECT_THAT(ran.out, HasSubstr("why weather rather than sums"));
  EXPECT_THAT(ran.out, HasSubstr("\"snow\""));
  EXPECT_THAT(ran.out, HasSubstr("second view   this classifier has none"));
  EXPECT_THAT(ran.out, HasSubstr("\"is snow expected [2J soon\"")) << "a stored text cannot steer the terminal";
  EXPECT_THAT(ran.out, HasSubstr("time  features"));
  const Ran brief = line_.run({"classify", "--model", model_, "--brief", "is snow expected soon"});
  EXPECT_EQ(brief.out, ran.out.substr(0, ran.out.find('\n') + 1));
}

TEST_F(LearningCommands, AnArtefactWithoutTextsHoldsNone) {
  put(data_, weather_and_sums() + "{\"text\": \"quokka weather\", \"category\": \"weather\"}\n");
  ASSERT_EQ(train().code, kOk);
  EXPECT_THAT(get(model_), HasSubstr("quokka"));
  ASSERT_EQ(train({"--no-texts"}).code, kOk);
  EXPECT_THAT(get(model_), Not(HasSubstr("quokka")));
  const Ran ran = line_.run({"classify", "--model", model_, "is snow expected"});
  EXPECT_THAT(ran.out, HasSubstr("why weather rather than sums"));
  EXPECT_THAT(ran.out, Not(HasSubstr("most similar training examples")));
}

TEST_F(LearningCommands, ClassifyGivesTheWholeReasonAsJson) {
  ASSERT_EQ(train().code, kOk);
  const Ran ran = line_.run({"classify", "--model", model_, "--json", "is snow expected near Graz"});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  const json::value answer = json::parse(ran.out);
  EXPECT_EQ(answer.at("runner_up").as_string(), "sums");
  double sum = answer.at("prior").to_number<double>() + answer.at("network").at("log_odds").to_number<double>();
  for (const json::value& one : answer.at("features").as_array()) sum += one.at("log_odds").to_number<double>();
  EXPECT_NEAR(sum, answer.at("log_odds").to_number<double>(), 1e-3);
  EXPECT_FALSE(answer.at("network").at("asked").as_bool());
  const json::value& nearest = answer.at("nearest").as_array().front();
  EXPECT_EQ(nearest.at("text").as_string(), "is snow expected near Graz");
  EXPECT_NEAR(nearest.at("similarity").to_number<double>(), 1, 1e-5);
  for (const char* stage : {"features", "linear", "network"}) {
    EXPECT_GE(answer.at("stages_us").at(stage).to_number<double>(), 0) << stage;
  }
}

TEST_F(LearningCommands, RouteShowsWhatTheClassifierSaw) {
  ASSERT_EQ(train().code, kOk);
  const std::string config = directory_.file("pointsman.yaml");
  put(config,
      "providers: {openai: {api_key: sk-0123456789abcdef0123}}\n"
      "models: {small: {provider: openai}, large: {provider: openai}}\n"
      "router: {fallback: [large], classifier: \"" +
          model_ +
          "\"}\n"
          "categories:\n"
          "  weather: {description: rain and sun, models: [small]}\n"
          "  sums: {description: arithmetic, models: [large]}\n");
  const Ran ran = line_.run({"route", "--config", config, "is snow expected near Graz"});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("what the classifier saw"));
  EXPECT_THAT(ran.out, HasSubstr("most similar training examples"));
  const Ran json_ran = line_.run({"route", "--config", config, "--json", "is snow expected near Graz"});
  const json::value body = json::parse(json_ran.out);
  EXPECT_EQ(body.at("object").as_string(), "route.decision");
  EXPECT_EQ(body.at("why").at("runner_up").as_string(), "sums");
}

TEST_F(LearningCommands, ALineOfMoreThanAMebibyteIsRefused) {
  ASSERT_EQ(train().code, kOk);
  line_.input = "short\n" + std::string((1U << 20) + 1, 'x') + "\n";
  const Ran ran = line_.run({"classify", "--model", model_});
  EXPECT_EQ(ran.code, kFailed);
  EXPECT_THAT(ran.err, HasSubstr("line 2: longer than"));
}

TEST_F(LearningCommands, ABrokenArtefactIsNamed) {
  put(model_, "not an artefact");
  const Ran ran = line_.run({"classify", "--model", model_, "x"});
  EXPECT_EQ(ran.code, kFailed);
  EXPECT_THAT(ran.err, HasSubstr("classifier " + model_));
  put(model_, "");
  EXPECT_THAT(line_.run({"classify", "--model", model_, "x"}).err, HasSubstr("is empty"));
  EXPECT_THAT(line_.run({"classify", "--model", directory_.path(), "x"}).err, HasSubstr("not a regular file"));
}

}  // namespace
}  // namespace pointsman::cli
