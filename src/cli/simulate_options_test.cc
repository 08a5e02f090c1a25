#include "cli/simulate_options.h"

#include <gmock/gmock.h>

#include "cli/text_format.h"
#include "support/command_line.h"

namespace pointsman::cli {
namespace {

using test::CommandLine;
using test::Ran;
using testing::HasSubstr;

const config::Environment kNoVariables = [](std::string_view) { return std::nullopt; };

std::string complaint(const SimulateArguments& arguments) {
  const auto made = simulate_options(arguments, kNoVariables);
  return made ? "" : made.error().message();
}

TEST(SimulateOptions, SeveralProvidersShareEverythingButNamePortAndSeed) {
  SimulateArguments arguments{.providers = {"a=9101", "b=9102"}, .input_price = "0.25", .faults = {"reset@100=5%"}};
  arguments.each.answer_tokens = 7;
  const auto made = simulate_options(arguments, kNoVariables);
  ASSERT_TRUE(made) << made.error().message();
  ASSERT_EQ(made->providers.size(), 2U);
  EXPECT_EQ(made->providers[1].name, "b");
  EXPECT_EQ(made->providers[1].port, 9102);
  EXPECT_NE(made->providers[0].seed, made->providers[1].seed);
  for (const auto& one : made->providers) {
    EXPECT_EQ(one.answer_tokens, 7U);
    EXPECT_EQ(one.input_price.picos, 250'000);
    ASSERT_EQ(one.faults.size(), 1U);
    EXPECT_EQ(one.faults[0].fault, "reset@100");
    EXPECT_DOUBLE_EQ(one.faults[0].probability, 0.05);
  }
}

TEST(SimulateOptions, TheDemoIsThreeProvidersOnConsecutivePorts) {
  const auto made = simulate_options({.demo_port = 9201}, kNoVariables);
  ASSERT_TRUE(made);
  ASSERT_EQ(made->providers.size(), 3U);
  EXPECT_EQ(made->providers[2].port, 9203);
}

TEST(SimulateOptions, MistakesNameTheOptionAndWhatToWrite) {
  EXPECT_THAT(complaint({}), HasSubstr("--port N"));
  EXPECT_THAT(complaint({.providers = {"a"}}), HasSubstr("write sim-small=9101"));
  EXPECT_THAT(complaint({.providers = {"a=99999"}}), HasSubstr("--provider: 'a=99999'"));
  EXPECT_THAT(complaint({.providers = {"a=1x"}}), HasSubstr("--provider"));
  EXPECT_THAT(complaint({.port = 0, .input_price = "cheap"}), HasSubstr("--input-price"));
  EXPECT_THAT(complaint({.port = 0, .faults = {"500"}}), HasSubstr("--fault"));
  EXPECT_THAT(complaint({.port = 0, .faults = {"gremlin=0.1"}}), HasSubstr("gremlin"));
  EXPECT_THAT(complaint({.port = 0, .api_key_variable = "NOPE"}), HasSubstr("NOPE"));
}

constexpr std::string_view kGold = R"({"text": "where is my parcel", "category": "order"}
{"text": "i cannot log in", "category": "login"}
{"text": "sing me a song", "category": null}
)";

TEST(SimulateOptions, ATeacherIsMadeOfExamplesAndSharedByAll) {
  const auto teacher = simulated_teacher(kGold, "gold.jsonl", {.accuracy = 1});
  ASSERT_TRUE(teacher) << teacher.error().message();
  EXPECT_THAT((*teacher)->categories(), testing::ElementsAre("login", "none", "order"));
  SimulateArguments arguments{.providers = {"a=9101", "b=9102"}};
  arguments.each.teacher = *teacher;
  for (const simulate::ProviderOptions& one : simulate_options(arguments, kNoVariables)->providers) {
    EXPECT_EQ(one.teacher, *teacher);
  }
  SimulateArguments demo{.demo_port = 9201};
  demo.each.teacher = *teacher;
  EXPECT_EQ(simulate_options(demo, kNoVariables)->providers[2].teacher, *teacher);
}

TEST(SimulateOptions, ATeacherSaysWhatIsWrongWithItsExamplesOrOptions) {
  EXPECT_THAT(simulated_teacher("{nonsense", "gold.jsonl", {}).error().message(), HasSubstr("gold.jsonl:1:"));
  EXPECT_THAT(simulated_teacher(kGold, "gold.jsonl", {.accuracy = 2}).error().message(), HasSubstr("accuracy"));
  EXPECT_THAT(simulated_teacher("", "gold.jsonl", {}).error().message(), HasSubstr("two categories"));
}

TEST(SimulateOptions, AWrongCommandLineIsAMisuse) {
  CommandLine line;
  EXPECT_EQ(line.run({"simulate"}).code, kUsage);
  EXPECT_EQ(line.run({"simulate", "--port", "70000"}).code, kUsage);
  EXPECT_EQ(line.run({"simulate", "--port", "0", "--demo", "0"}).code, kUsage);
  EXPECT_EQ(line.run({"simulate", "--port", "0", "--jitter", "3"}).code, kUsage);
  const Ran missing = line.run({"simulate", "--port", "0", "--teacher", "/no/such/gold.jsonl"});
  EXPECT_NE(missing.code, 0);
  EXPECT_THAT(missing.err, HasSubstr("/no/such/gold.jsonl"));
}

TEST(TextFormat, ReadsTimesAsPeopleWriteThem) {
  const base::WallTime now(std::chrono::seconds(1'767'348'000));
  const auto read = [&](std::string_view text) {
    const auto instant = parse_instant(text, now);
    return instant ? utc(*instant) : "nothing";
  };
  EXPECT_EQ(read("1h"), "2026-01-02 09:00:00.000");
  EXPECT_EQ(read("2026-01-02"), "2026-01-02 00:00:00.000");
  EXPECT_EQ(read("2026-01-02T03:04"), "2026-01-02 03:04:00.000");
  EXPECT_EQ(read("2026-01-02 03:04:05Z"), "2026-01-02 03:04:05.000");
  for (const char* wrong : {"", "soon", "2026-02-30", "2026-01-02T", "2026-01-02T25:00", "2026-01-02T03:04:05x",
                            "2026-01-0", "-001-01-01", "2026-01-02X03:04"}) {
    EXPECT_EQ(read(wrong), "nothing") << wrong;
  }
}

TEST(TextFormat, PrintsTextsThatCannotSteerTheTerminal) {
  EXPECT_EQ(printable("a\x1b[1m\nb\x7f"), "a [1m b ");
  EXPECT_EQ(printable("\xC2\x9B"
                      "31m"),
            " 31m");
  EXPECT_EQ(printable("ab\xFF"), "ab\xEF\xBF\xBD");
  EXPECT_EQ(printable("äöü", 3), "äöü");
  EXPECT_EQ(printable("äöüß", 3), "äö…");
  EXPECT_EQ(printable("", 3), "");
}

}  // namespace
}  // namespace pointsman::cli
