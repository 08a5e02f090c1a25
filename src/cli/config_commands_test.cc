// `check`, `init`, `route`, `version` and the command line itself.
#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <filesystem>

#include "cli/find_config.h"
#include "config/testing.h"
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
using testing::StartsWith;
namespace json = boost::json;

constexpr std::string_view kConfig =
    "providers: {openai: {api_key: sk-0123456789abcdef0123}}\n"
    "models:\n"
    "  small: {provider: openai, price: {input: 0.1, output: 0.4}, context_window: 8000}\n"
    "  large: {provider: openai, capabilities: [tools]}\n"
    "router: {fallback: [large], classifier: none}\n"
    "categories:\n"
    "  chat: {models: [small]}\n"
    "  sums: {models: [large, small]}\n"
    "rules:\n"
    "  - {name: numbers, category: sums, keywords: [add, divide]}\n";

class ConfigCommands : public testing::Test {
 protected:
  ConfigCommands() { put(config_, kConfig); }
  Ran route(std::vector<std::string> more) {
    std::vector<std::string> arguments{"route", "--config", config_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return line_.run(std::move(arguments));
  }

  test::TemporaryDirectory directory_;
  std::string config_ = directory_.file("pointsman.yaml");
  CommandLine line_;
};

TEST_F(ConfigCommands, CheckSummarisesASoundConfiguration) {
  const Ran ran = line_.run({"check", "--config", config_});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, StartsWith(config_ + ": everything is in order"));
  EXPECT_THAT(ran.out, HasSubstr("http://127.0.0.1:8080"));
  EXPECT_THAT(ran.out, AllOf(HasSubstr("$0.1 / $0.4"), HasSubstr("unknown"), HasSubstr("8000")));
  EXPECT_THAT(ran.out, HasSubstr("no price is known for large"));
  EXPECT_THAT(ran.out, Not(HasSubstr("sk-0123")));
}

TEST_F(ConfigCommands, CheckNamesModelsWhosePricesNobodyVerified) {
  put(config_,
      "providers: {groq: {api_key: sk-0123456789abcdef0123}, openai: {api_key: sk-0123456789abcdef0123}}\n"
      "models:\n"
      "  gpt-4o-mini: {provider: openai}\n"
      "  quick: {provider: groq, upstream: llama-3.1-8b-instant}\n"
      "  large: {provider: groq, upstream: llama-3.3-70b-versatile, price: {input: 0.6, output: 0.8}}\n"
      "router: {fallback: [large], classifier: none}\n");
  const Ran ran = line_.run({"check", "--config", config_});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("the prices of quick are unverified"));
}

TEST_F(ConfigCommands, CheckPrintsAllProblemsAtOnceWithTheirPlaces) {
  put(config_, std::string(kConfig) + "limits: {max_body: lots}\nworkers: many\n");
  const Ran ran = line_.run({"check", "--config", config_});
  EXPECT_EQ(ran.code, kCheckFailed);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, AllOf(HasSubstr(config_ + ":11:"), HasSubstr("limits.max_body"), HasSubstr(config_ + ":12:"),
                             HasSubstr("workers"), HasSubstr("2 problems")));
}

TEST_F(ConfigCommands, CheckTriesPatternsAndTheClassifiersFile) {
  put(directory_.file("model.pm"), "nonsense");
  std::string text(kConfig);
  text.replace(text.find("classifier: none"), 16, "classifier: model.pm");
  put(config_, text);
  const Ran ran = line_.run({"check", "--config", config_});
  EXPECT_EQ(ran.code, kCheckFailed);
  EXPECT_THAT(ran.err, HasSubstr("model.pm"));
}

TEST_F(ConfigCommands, CheckOfAMissingFileNamesIt) {
  const Ran ran = line_.run({"check", "--config", directory_.file("none.yaml")});
  EXPECT_EQ(ran.code, kCheckFailed);
  EXPECT_THAT(ran.err, HasSubstr("none.yaml: No such file or directory"));
}

TEST_F(ConfigCommands, CheckPrintsTheSchemaAndTheEffectiveConfiguration) {
  const Ran schema = line_.run({"check", "--schema"});
  EXPECT_EQ(schema.code, kOk);
  EXPECT_TRUE(json::parse(schema.out).at("properties").as_object().contains("providers"));
  const Ran effective = line_.run({"check", "--config", config_, "--effective"});
  EXPECT_EQ(effective.code, kOk);
  EXPECT_THAT(effective.out, AllOf(HasSubstr("max_body:"), Not(HasSubstr("sk-0123456789abcdef0123"))));
}

TEST_F(ConfigCommands, InitWritesAFileThatCheckAccepts) {
  const std::string made = directory_.file("made.yaml");
  line_.variables["OPENAI_API_KEY"] = "sk-0123456789abcdef0123";
  const Ran ran = line_.run({"init", "-o", made});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("OPENAI_API_KEY"));
  EXPECT_THAT(get(made), AllOf(HasSubstr("${OPENAI_API_KEY}"), Not(HasSubstr("sk-0123"))));
  const Ran checked = line_.run({"check", "--config", made});
  // The built-in classifier is missing in this test, and nothing else.
  EXPECT_THAT(checked.err, HasSubstr("carries no built-in classifier"));
}

TEST_F(ConfigCommands, InitNeverOverwritesUnlessForced) {
  const Ran refused = line_.run({"init", "-o", config_});
  EXPECT_EQ(refused.code, kFailed);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("exists already"), HasSubstr("--force")));
  EXPECT_EQ(get(config_), kConfig);
  EXPECT_EQ(line_.run({"init", "-o", config_, "--force"}).code, kOk);
  EXPECT_NE(get(config_), kConfig);
}

TEST_F(ConfigCommands, InitWritesToStandardOutput) {
  const Ran ran = line_.run({"init", "-o", "-"});
  EXPECT_EQ(ran.code, kOk);
  EXPECT_THAT(ran.out, HasSubstr("providers:"));
}

TEST_F(ConfigCommands, RouteTellsTheModelAndTheReasonAsJson) {
  const Ran ran = route({"--json", "divide nine by two"});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  const json::value answer = json::parse(ran.out);
  EXPECT_EQ(answer.at("category").as_string(), "sums");
  EXPECT_EQ(answer.at("stage").as_string(), "rule");
  EXPECT_EQ(answer.at("reason").as_string(), "rule:numbers");
  EXPECT_EQ(answer.at("model").as_string(), "small");  // the only one with a known price
}

TEST_F(ConfigCommands, RouteKeepsModelsAwayFromToolsTheyCannotCall) {
  const Ran ran = route({"--tools", "2", "--route", "sums", "divide nine by two"});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("model     large"), HasSubstr("not small: cannot do tools")));
}

TEST_F(ConfigCommands, RouteGoesToTheFallbackWhenNobodyDecides) {
  const Ran ran = route({"--json", "hello"});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  const json::value answer = json::parse(ran.out);
  EXPECT_TRUE(answer.at("fallback").as_bool());
  EXPECT_EQ(answer.at("model").as_string(), "large");
}

TEST_F(ConfigCommands, RouteRefusesUnknownCategories) {
  const Ran ran = route({"--route", "poetry", "x"});
  EXPECT_EQ(ran.code, kFailed);
  EXPECT_THAT(ran.err, HasSubstr("unknown category"));
}

TEST_F(ConfigCommands, MisusesExitWithTwoAndSayWhatWasMeant) {
  EXPECT_EQ(line_.run({}).code, kUsage);
  EXPECT_EQ(line_.run({"check", "--nonsense"}).code, kUsage);
  EXPECT_EQ(line_.run({"route"}).code, kUsage);
  const Ran typo = line_.run({"trian"});
  EXPECT_EQ(typo.code, kUsage);
  EXPECT_THAT(typo.err, HasSubstr("did you mean 'train'?"));
}

TEST_F(ConfigCommands, EveryCommandHasHelpWithAnExample) {
  for (const char* name :
       {"check", "init", "route", "log", "explain", "train", "eval", "classify", "simulate", "version"}) {
    const Ran ran = line_.run({name, "--help"});
    EXPECT_EQ(ran.code, kOk) << name;
    EXPECT_THAT(ran.out, HasSubstr("Example:\n  ")) << name;
    EXPECT_EQ(ran.err, "") << name;
  }
}

TEST_F(ConfigCommands, VersionIsOneLine) {
  EXPECT_EQ(line_.run({"version"}).out, "pointsman 1.2.3\n");
}

TEST_F(ConfigCommands, AFullDiskIsNotSuccess) {
  std::FILE* full = std::fopen("/dev/full", "w");
  if (full == nullptr) GTEST_SKIP() << "no /dev/full here";
  Context context;
  context.out = Output(full, context.environment);
  context.version = "1.2.3";
  CLI::App app("test", "pointsman");
  add_commands(app, context);
  const char* words[] = {"pointsman", "version"};
  testing::internal::CaptureStderr();
  EXPECT_EQ(run(app, context, 2, words), kFailed);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("cannot write the output"));
  std::fclose(full);
}

TEST(FindConfig, LooksInTheUsualPlacesInOrder) {
  config::FakeHost host;
  host.variables = {{"HOME", "/home/me"}, {"POINTSMAN_CONFIG", "/named.yaml"}};
  const config::Sources sources{host.files, host.environment()};
  EXPECT_EQ(locate_config("given.yaml", sources), "given.yaml");
  EXPECT_EQ(locate_config("", sources), "/named.yaml");
  host.variables.erase("POINTSMAN_CONFIG");
  EXPECT_EQ(locate_config("", sources), "");
  host.files.files["/etc/pointsman/pointsman.yaml"] = "";
  EXPECT_EQ(locate_config("", sources), "/etc/pointsman/pointsman.yaml");
  host.files.files["/home/me/.config/pointsman/pointsman.yaml"] = "";
  EXPECT_EQ(locate_config("", sources), "/home/me/.config/pointsman/pointsman.yaml");
  host.variables["XDG_CONFIG_HOME"] = "/xdg";
  EXPECT_EQ(locate_config("", sources), "/etc/pointsman/pointsman.yaml");
  host.files.files["pointsman.yaml"] = "";
  EXPECT_EQ(locate_config("", sources), "pointsman.yaml");
}

TEST(FindConfig, WorksFromTheEnvironmentAloneOrSaysWhatIsMissing) {
  config::FakeHost host;
  const auto nothing = find_config("", {host.files, host.environment()});
  ASSERT_FALSE(nothing);
  EXPECT_THAT(nothing.error().front(), AllOf(HasSubstr("OPENAI_API_KEY"), HasSubstr("pointsman init")));
  host.variables["OPENAI_API_KEY"] = "sk-0123456789abcdef0123";
  const auto made = find_config("", {host.files, host.environment()});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->source(), "the environment's API keys");
}

}  // namespace
}  // namespace pointsman::cli
