// GET /config and POST /config/validate: origins and places, and that nothing secret is told: no key, no variable, no
// file.
#include "admin/config_view.h"

#include <fstream>

#include "config/load.h"
#include "support/setup_test.h"

namespace pointsman::admin {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kSecret = "sk-canary-0123456789abcdef";
constexpr std::string_view kFile =
    "listen: 127.0.0.1:0\n"
    "providers:\n"
    "  openai: {api_key: \"${OPENAI_API_KEY}\"}\n"
    "models:\n"
    "  gpt-4o-mini: {provider: openai}\n"
    "  large: {provider: openai, price: {input: 1, output: 4}}\n"
    "router:\n"
    "  fallback: [large]\n"
    "  default_threshold: 0.7\n"
    "  classifier: none\n";

class ConfigTest : public test::SetupTest {
 protected:
  ConfigTest() {
    office_.world.variables_ = {{"OPENAI_API_KEY", std::string(kSecret)}, {"HOME", "/var/canary"}};
    path_ = folder_.file("pointsman.yaml");
    write(kFile);
    office_.world.facts_.config_file = path_;
    load(kFile);
  }
  void write(std::string_view text) { std::ofstream(path_) << text; }
  void load(std::string_view text) {
    config::DiskFiles files;
    auto loaded = config::load(text, path_, {files, office_.world.environment()});
    ASSERT_TRUE(loaded) << loaded.error().front().to_string();
    use(std::move(*loaded));
  }
  boost::json::object value_of(std::string_view key) {
    for (const auto& one : read("/config").at("values").as_array()) {
      if (one.at("key").as_string() == key) return one.as_object();
    }
    return {};
  }
  std::string origin_of(std::string_view key) {
    const boost::json::object found = value_of(key);
    return found.empty() ? "missing" : text(found.at("origin"));
  }
  Answer validate(std::string_view yaml) {
    return post("/config/validate", boost::json::serialize(boost::json::value{{"yaml", yaml}}));
  }

  test::TemporaryDirectory folder_;
  std::string path_;
};

TEST_F(ConfigTest, SaysWhereEachValueComesFrom) {
  EXPECT_EQ(text(value_of("router.default_threshold").at("value")), "0.7");
  EXPECT_EQ(text(value_of("router.default_threshold").at("place")), path_ + ":9");
  EXPECT_EQ(origin_of("router.fallback"), "file");
  EXPECT_EQ(text(value_of("router.fallback").at("value")), R"(["large"])");
  EXPECT_EQ(origin_of("listeners[0].address"), "file") << "`listen` is another way to write it";
  EXPECT_EQ(origin_of("router.retries.max_attempts"), "default");
  EXPECT_EQ(origin_of("providers.openai.api_key"), "environment");
  EXPECT_EQ(text(value_of("providers.openai.api_key").at("place")), "OPENAI_API_KEY");
  EXPECT_EQ(origin_of("models.gpt-4o-mini.price.input"), "catalogue");
  EXPECT_THAT(text(value_of("models.gpt-4o-mini.price.input").at("place")), ::testing::StartsWith("catalogue 20"));
  EXPECT_EQ(origin_of("models.large.price.input"), "file");
}

TEST_F(ConfigTest, ShowsNoSecretAnywhere) {
  write(
      "providers: {openai: {api_key: sk-other-0123456789abcdef}}\nmodels: {m: {provider: openai}}\nlog: {level: "
      "loud}\n");
  const std::string body = get("/config").body;
  EXPECT_THAT(body, Not(HasSubstr(kSecret)));
  EXPECT_THAT(body, Not(HasSubstr("sk-other")));
  EXPECT_TRUE(value_of("providers.openai.api_key").at("secret").as_bool());
  EXPECT_THAT(text(value_of("providers.openai.api_key").at("value")), ::testing::StartsWith("sk-c…"));
}

TEST_F(ConfigTest, TellsHowTheFileDiffersFromWhatRuns) {
  const auto same = read("/config");
  EXPECT_EQ(same.at("yaml"), same.at("file_yaml"));
  EXPECT_EQ(same.at("version"), same.at("file_version"));
  std::string changed(kFile);
  changed.replace(changed.find("0.7"), 3, "0.8");
  write(changed);
  const auto other = read("/config");
  EXPECT_NE(other.at("version"), other.at("file_version"));
  EXPECT_THAT(text(other.at("file_yaml")), HasSubstr("default_threshold: 0.8"));
  EXPECT_EQ(text(value_of("router.default_threshold").at("value")), "0.7") << "the file's is not in force";
  EXPECT_EQ(text(value_of("router.default_threshold").at("origin")), "file");
  EXPECT_EQ(text(value_of("router.default_threshold").at("place")), "");
  write("router: {colour: red}\n");
  const auto broken = read("/config");
  EXPECT_EQ(text(broken.at("file_yaml")), "");
  EXPECT_EQ(broken.at("file_problems").at(0).at("line").as_int64(), 1);
  EXPECT_EQ(text(broken.at("file_problems").at(0).at("key")), "router.colour");
}

TEST_F(ConfigTest, WithoutAFileThereIsNothingToDifferFrom) {
  office_.world.facts_.config_file = "";
  const auto view = read("/config");
  EXPECT_EQ(view.at("yaml"), view.at("file_yaml"));
  EXPECT_TRUE(view.at("file_problems").as_array().empty());
}

TEST_F(ConfigTest, ATextThatLoadsSaysWhatItWouldChange) {
  std::string changed(kFile);
  changed.replace(changed.find("0.7"), 3, "0.8");
  const auto answer = body_of(validate(changed));
  EXPECT_TRUE(answer.at("ok").as_bool());
  const auto& changes = answer.at("changes").as_array();
  const auto threshold = std::ranges::find_if(
      changes, [](const auto& one) { return one.at("key").as_string() == "router.default_threshold"; });
  ASSERT_NE(threshold, changes.end()) << answer;
  EXPECT_EQ(text(threshold->at("before")), "0.7");
  EXPECT_EQ(text(threshold->at("after")), "0.8");
}

TEST_F(ConfigTest, AMistakeIsToldWithItsPlace) {
  const auto answer = body_of(validate("router:\n  colour: red\n"));
  EXPECT_FALSE(answer.at("ok").as_bool());
  EXPECT_EQ(answer.at("problems").at(0).at("line").as_int64(), 2);
  EXPECT_EQ(answer.at("problems").at(0).at("column").as_int64(), 3);
  EXPECT_TRUE(answer.at("changes").as_array().empty());
  EXPECT_EQ(text(answer.at("version")), "");
}

TEST_F(ConfigTest, AReferenceIsNotFilledInAndNotCheckedAndTold) {
  const std::string secret_file = folder_.file("secret");
  std::ofstream(secret_file) << "file-canary";
  for (const std::string& reference : {std::string("${OPENAI_API_KEY}"), "${file:" + secret_file + "}",
                                       std::string("${HOME}"), std::string("${NOBODY_SET_THIS}")}) {
    for (const char* key : {"log: {level: \"", "log: {format: text}\nlearn: {every: \"", "router: {fallback: [\""}) {
      const bool list = std::string_view(key).ends_with("[\"");
      const std::string yaml = std::string(kFile.substr(0, kFile.find("router:"))) + key + reference +
                               (list ? "\"]}\n" : "\"}\nrouter: {fallback: [large]}\n");
      const std::string body = validate(yaml).body;
      EXPECT_THAT(body, Not(HasSubstr(kSecret))) << yaml;
      EXPECT_THAT(body, Not(HasSubstr("file-canary"))) << yaml;
      EXPECT_THAT(body, Not(HasSubstr("/var/canary"))) << yaml;
      EXPECT_THAT(body, HasSubstr("\"ok\":true")) << yaml << body;
      EXPECT_THAT(body, HasSubstr("is not checked")) << body;
    }
  }
}

TEST_F(ConfigTest, NeitherWhetherAFileIsThereNorWhatIsInItIsTold) {
  const std::string there = folder_.file("there");
  std::ofstream(there) << "not a classifier, file-canary";
  const auto about = [&](const std::string& file) {
    std::string body =
        validate(std::string(kFile) + "categories: {a: {models: [large], examples_file: \"" + file + "\"}}\n").body;
    EXPECT_THAT(body, Not(HasSubstr("file-canary")));
    return body;
  };
  EXPECT_THAT(about(there), HasSubstr("files are not read here"));
  const auto problems = [](const std::string& body) { return boost::json::parse(body).at("problems"); };
  EXPECT_EQ(problems(about(there)), problems(about(folder_.file("gone_"))));
}

TEST_F(ConfigTest, ATextWithItsHintsKeepsTheSecretsInForce) {
  config::Config config = office_.world.configured_;
  config.admin.emplace().users = {
      {.name = "ada",
       .password = base::Secret("$argon2id$v=19$m=65536,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo"),
       .role = config::AdminRole::kAdmin}};
  use(std::move(config));
  const std::string yaml = text(read("/config").at("yaml"));
  ASSERT_THAT(yaml, HasSubstr("…("));
  const auto answer = body_of(validate(yaml));
  EXPECT_TRUE(answer.at("ok").as_bool()) << answer;
  EXPECT_TRUE(answer.at("changes").as_array().empty()) << answer;
}

TEST_F(ConfigTest, IsForAdmins) {
  EXPECT_EQ(get("/config", config::AdminRole::kLabeller).status, 403);
  EXPECT_EQ(post("/config/validate", R"({"yaml":""})", config::AdminRole::kViewer).status, 403);
}

}  // namespace
}  // namespace pointsman::admin
