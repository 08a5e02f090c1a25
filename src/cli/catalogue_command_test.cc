// `catalogue list`, `show` and `check`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/instant.h"
#include "support/command_line.h"

namespace pointsman::cli {
namespace {

using test::Ran;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class CatalogueCommand : public testing::Test {
 protected:
  CatalogueCommand() { at("2026-08-25"); }
  void at(const std::string& day) { line_.clock = base::ManualClock(*config::parse_instant(day, base::WallTime{})); }
  Ran check(const std::string& models, std::vector<std::string> more = {}) {
    const std::string file = directory_.file("pointsman.yaml");
    test::put(file, "providers: {openai: {api_key: k}, mistral: {api_key: k}}\nmodels: {" + models +
                        "}\nrouter: {classifier: none, fallback: [m]}\n");
    more.insert(more.begin(), {"catalogue", "check", "--config", file});
    return line_.run(std::move(more));
  }
  test::TemporaryDirectory directory_;
  test::CommandLine line_;
};

TEST_F(CatalogueCommand, ListsModelsWithTheirPrices) {
  const Ran ran = line_.run({"catalogue", "list"});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("claude-opus-5"), HasSubstr("$6.25"), HasSubstr("above 272000")));
}

TEST_F(CatalogueCommand, ShowsAllThatIsKnownOfOneAndWhereFrom) {
  const Ran ran = line_.run({"catalogue", "show", "gemini-2.5-pro"});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("longer than 200000 tokens"), HasSubstr("$2.5"), HasSubstr("1048576"),
                             HasSubstr("longest prompt        unknown"), HasSubstr("source: langfuse-prices"),
                             HasSubstr("window and limits: unverified")));
  const Ran missing = line_.run({"catalogue", "show", "gpt-4o-mni"});
  EXPECT_EQ(missing.code, kFailed);
  EXPECT_THAT(missing.err, HasSubstr("gpt-4o-mini"));
}

TEST_F(CatalogueCommand, ChecksTheModelsOfTheConfiguration) {
  const Ran fine = check("m: {provider: openai, upstream: gpt-5.6-luna}");
  EXPECT_EQ(fine.code, kOk) << fine.out;
  EXPECT_THAT(fine.out, HasSubstr("nothing is to be done"));
  const Ran unpriced = check("m: {provider: openai, upstream: my-own}");
  EXPECT_EQ(unpriced.code, kCheckFailed);
  EXPECT_THAT(unpriced.out, HasSubstr("m: no price is known"));
  const Ran unverified = check("m: {provider: mistral, upstream: mistral-large-latest}");
  EXPECT_EQ(unverified.code, kCheckFailed);
  EXPECT_THAT(unverified.out, HasSubstr("m: its window and limits are unverified"));
  EXPECT_EQ(check("m: {provider: openai, upstream: my-own, price: {input: 1, output: 2}}").code, kOk);
}

TEST_F(CatalogueCommand, WarnsOfAge) {
  const std::string models = "m: {provider: openai, upstream: gpt-5.6-luna}";
  EXPECT_EQ(check(models, {"--max-age", "4d"}).code, kCheckFailed);
  EXPECT_EQ(check(models, {"--max-age", "5d"}).code, kOk);
  at("2026-12-24");
  const Ran old = check(models);
  EXPECT_EQ(old.code, kCheckFailed);
  EXPECT_THAT(old.out, HasSubstr("m: its facts are of 2026-08-20"));
  EXPECT_EQ(check(models, {"--max-age", "old"}).code, kUsage);
}

TEST_F(CatalogueCommand, WithoutAConfigurationAllOfItCounts) {
  EXPECT_EQ(line_.run({"catalogue", "check", "--max-age", "3650d"}).code, kOk);
  const Ran old = line_.run({"catalogue", "check", "--max-age", "1d"});
  EXPECT_EQ(old.code, kCheckFailed);
  EXPECT_THAT(old.out, AllOf(HasSubstr("entries are older than 1 days"), Not(HasSubstr("in the configuration"))));
}

TEST_F(CatalogueCommand, IsNamedByCheckWhenItIsOld) {
  const std::string file = directory_.file("pointsman.yaml");
  test::put(file,
            "providers: {openai: {api_key: k}}\nmodels: {m: {provider: openai, upstream: gpt-5.6-luna}}\n"
            "router: {classifier: none, fallback: [m]}\n");
  EXPECT_THAT(line_.run({"check", "--config", file}).out, Not(HasSubstr("days old")));
  at("2026-12-24");
  EXPECT_THAT(line_.run({"check", "--config", file}).out, HasSubstr("facts about m (2026-08-20)"));
}

}  // namespace
}  // namespace pointsman::cli
