#include "learn/rewards.h"

#include <gmock/gmock.h>

namespace pointsman::learn {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST(Rewards, AreReadByDecision) {
  const auto out = read_rewards("{\"decision\": \"AB-1\", \"reward\": 1, \"by\": \"me\"}\n\n"
                                "{\"reward\": -0.5, \"decision\": \"cd\"}\n{\"decision\": \"ab-1\", \"reward\": 0}\n",
                                "r.jsonl");
  ASSERT_TRUE(out) << out.error().message();
  EXPECT_THAT(*out, ElementsAre(Pair("ab-1", 0), Pair("cd", -0.5)));
}

TEST(Rewards, EveryProblemIsToldWithItsPlace) {
  const auto out = read_rewards("{\"decision\": \"a\"}\n{\"reward\": 1}\n{\"decision\": \"a\", \"reward\": \"good\"}\n[]\n",
                                "r.jsonl");
  ASSERT_FALSE(out);
  EXPECT_THAT(out.error().message(), HasSubstr("r.jsonl:1:1: \"reward\" is missing"));
  EXPECT_THAT(out.error().message(), HasSubstr("r.jsonl:2:1: \"decision\" is missing"));
  EXPECT_THAT(out.error().message(), HasSubstr("\"reward\" must be a number"));
  EXPECT_THAT(out.error().message(), HasSubstr("r.jsonl:4:"));
}

}  // namespace
}  // namespace pointsman::learn
