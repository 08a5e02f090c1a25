// `outcomes`: from what two models answered to whether routing between them pays.
#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "base/rng.h"
#include "support/command_line.h"

namespace pointsman::cli {
namespace {

using test::CommandLine;
using test::put;
using test::Ran;
using testing::HasSubstr;
using testing::Not;
namespace json = boost::json;

// Sums, which the weak model gets right with probability `sums`, and greetings, which it gets right with 0.98.
// The strong model is right with 0.95.
std::string answers(int count, double sums, bool costs = false) {
  base::Rng rng(3);
  std::string lines;
  for (int i = 0; i < count; ++i) {
    const bool sum = i % 2 == 0;
    const std::string text = sum ? "multiply " + std::to_string(i) + " by twelve and add seven"
                                 : "say hello to guest number " + std::to_string(i);
    const auto yes = [&](double p) { return rng.uniform() < p ? "true" : "false"; };
    lines += R"({"text": ")" + text + R"(", "subject": ")" + (sum ? "sums" : "talk") + R"(", "weak_correct": )" +
             yes(sum ? sums : 0.98) + R"(, "strong_correct": )" + yes(0.95) +
             (costs ? R"(, "weak_cost": 0.1, "strong_cost": 1)" : "") + "}\n";
  }
  return lines;
}

class OutcomesCommand : public testing::Test {
 protected:
  Ran outcomes(const std::string& lines, std::vector<std::string> more = {}) {
    put(data_, lines);
    std::vector<std::string> arguments{"outcomes", data_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return line_.run(std::move(arguments));
  }

  test::TemporaryDirectory directory_;
  std::string data_ = directory_.file("answers.jsonl");
  CommandLine line_;
};

TEST_F(OutcomesCommand, SaysFirstThatRoutingPaysAndByWhat) {
  const Ran ran = outcomes(answers(3000, 0.2));
  ASSERT_EQ(ran.code, kOk) << ran.out << ran.err;
  EXPECT_EQ(ran.out.rfind("routing pays\n", 0), 0U) << ran.out;
  for (const char* part : {"certified: ", "beside others", "coin", "text length", "subject mean", "nearest examples",
                           "oracle", "APGR", "what other promises would save", "> 99 %", "quality by share of strong",
                           "#|", "exchangeable", "the file gives no costs"}) {
    EXPECT_THAT(ran.out, HasSubstr(part));
  }
}

TEST_F(OutcomesCommand, SaysThatRoutingWillNotPay) {
  const Ran ran = outcomes(answers(3000, 1));
  EXPECT_EQ(ran.code, kCheckFailed);
  EXPECT_EQ(ran.out.rfind("routing will not pay for this pair\n", 0), 0U) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("the weak model alone"));
}

TEST_F(OutcomesCommand, SaysThatThereIsNotEnoughData) {
  const Ran ran = outcomes(answers(100, 0.4));
  EXPECT_EQ(ran.code, kCheckFailed);
  EXPECT_EQ(ran.out.rfind("not enough data to say\n", 0), 0U) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("certified: nothing"));
  const Ran fewer = outcomes(answers(10, 0.4));
  EXPECT_EQ(fewer.code, kFailed);
  EXPECT_THAT(fewer.err, HasSubstr("at least 40 rows are needed"));
  EXPECT_THAT(fewer.err, HasSubstr(data_));
}

TEST_F(OutcomesCommand, TheJsonHoldsEveryNumber) {
  const Ran ran = outcomes(answers(2000, 0.2, true), {"--json", "--quality", "98%"});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  const json::object root = json::parse(ran.out).as_object();
  EXPECT_EQ(root.at("verdict").as_string(), "pays");
  EXPECT_EQ(root.at("cost").as_string(), "given");
  EXPECT_EQ(root.at("tested").as_int64() + root.at("learnt").as_int64(), 2000);
  EXPECT_EQ(root.at("routers").as_array().size(), 7U);
  EXPECT_EQ(root.at("curve").as_array().size(), 21U);
  const json::object ours = root.at("routers").as_array()[0].as_object();
  EXPECT_EQ(ours.at("router").as_string(), "learnt");
  const json::object thrifty = root.at("routers").as_array()[1].as_object();
  EXPECT_EQ(thrifty.at("router").as_string(), "learnt, per cost");
  const json::object certificate = thrifty.at("certificate").as_object();
  EXPECT_TRUE(certificate.at("certified").as_bool());
  EXPECT_GE(certificate.at("certified_quality").to_number<double>(), 0.98);
  EXPECT_GT(certificate.at("saved").at("low").to_number<double>(), 0.2);
}

TEST_F(OutcomesCommand, TheSameSeedGivesTheSameAnswer) {
  const std::string lines = answers(400, 0.2);
  EXPECT_EQ(outcomes(lines, {"--seed", "4"}).out, outcomes(lines, {"--seed", "4"}).out);
  EXPECT_NE(outcomes(lines, {"--seed", "4"}).out, outcomes(lines, {"--seed", "5"}).out);
}

TEST_F(OutcomesCommand, HoldsSubjectsOutOnRequest) {
  const Ran ran = outcomes(answers(600, 0.2), {"--held-out-subjects"});
  EXPECT_THAT(ran.out, Not(HasSubstr("subject mean")));
  EXPECT_THAT(ran.out, HasSubstr("judged on 300 rows"));
}

TEST_F(OutcomesCommand, RefusesWhatItCannotRead) {
  for (const char* option : {"--quality", "--confidence", "--worthwhile"}) {
    const Ran ran = outcomes(answers(100, 0.2), {option, "100%"});
    EXPECT_EQ(ran.code, kFailed);
    EXPECT_THAT(ran.err, HasSubstr(option));
  }
  const Ran broken = outcomes("{\"text\": \"a\", \"weak_correct\": 3}\n");
  EXPECT_EQ(broken.code, kFailed);
  EXPECT_THAT(broken.err, HasSubstr(data_ + ":1:15: \"weak_correct\" must be true or false"));
}

TEST_F(OutcomesCommand, TheHelpSufficesToUseIt) {
  const Ran ran = line_.run({"outcomes", "--help"});
  for (const char* word :
       {"--quality", "--confidence", "--seed", "--json", "weak_quality", "weak_cost", "Example:", "exit code is 3"}) {
    EXPECT_THAT(ran.out, HasSubstr(word));
  }
  EXPECT_THAT(line_.run({"tune", "--help"}).out, HasSubstr("pointsman outcomes"));
}

}  // namespace
}  // namespace pointsman::cli
