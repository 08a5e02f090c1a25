#include "route/recall.h"

#include <gtest/gtest.h>

namespace pointsman::route {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class RecallTest : public testing::Test {
 protected:
  RecallTest() : market_(of({"a", "b", "c"})) {}

  static Market of(const std::vector<std::string>& names) {
    std::vector<MarketModel> models;
    for (const std::string& name : names) {
      models.emplace_back();
      models.back().model.name = models.back().model.upstream_name = name;
      models.back().model.provider = "p";
    }
    auto market = Market::build(std::move(models), {{"c", names}}, {});
    EXPECT_TRUE(market);
    return *market;
  }
  Continuity recalled(const AskedTurn& turn, seconds now = seconds(60)) {
    return recall(memory_, turn, market_, minutes(5), now, cached_at_);
  }
  void answered(std::uint64_t conversation, ModelIndex model, std::int64_t cached, bool kept = false) {
    note(memory_, conversation, market_, model, cached, kept, seconds(0));
  }

  ConversationMemory memory_;
  Market market_;
  std::vector<std::int64_t> cached_at_;
};

TEST_F(RecallTest, KnowsWhoAnsweredLastAndWhatEachModelHasCached) {
  EXPECT_FALSE(recalled({.conversation = 7, .prompt = 9000}).model);
  answered(7, 1, 4096);
  answered(7, 2, 8192);
  const Continuity now = recalled({.conversation = 7, .prompt = 9000});
  EXPECT_EQ(now.model, std::optional<ModelIndex>(2));
  EXPECT_EQ(now.cached, 8192);
  ASSERT_EQ(now.cached_at.size(), 3U);
  EXPECT_EQ(now.cached_at[0], 0);
  EXPECT_EQ(now.cached_at[1], 4096);
  EXPECT_EQ(now.cached_at[2], 8192);
  EXPECT_FALSE(recalled({.conversation = 8, .prompt = 9000}).model) << "another conversation";
}

TEST_F(RecallTest, CountsNoMoreThanThePromptHasAndNothingThatIsTooOld) {
  answered(7, 1, 8192);
  EXPECT_EQ(recalled({.conversation = 7, .prompt = 2100}).cached, 2048);
  EXPECT_EQ(recalled({.conversation = 7, .prompt = 500}).cached, 0);
  const Continuity later = recalled({.conversation = 7, .prompt = 9000}, minutes(6));
  EXPECT_EQ(later.model, std::optional<ModelIndex>(1)) << "who it was is known all the same";
  EXPECT_EQ(later.cached, 0);
  EXPECT_EQ(later.cached_at[1], 0);
}

TEST_F(RecallTest, AnAnswerThatIsGoneOnFromComesFirst) {
  answered(7, 1, 8192);
  answered(99, 2, 4096);
  const Continuity now = recalled({.conversation = 7, .previous = 99, .prompt = 50});
  EXPECT_EQ(now.model, std::optional<ModelIndex>(2));
  EXPECT_TRUE(now.bound);
  EXPECT_EQ(now.cached, 4096) << "the provider has the rest of the prompt";
  EXPECT_EQ(recalled({.conversation = 7, .previous = 98, .prompt = 9000}).model, std::optional<ModelIndex>(1));
}

TEST_F(RecallTest, OnlyResultsOfToolsGoOnWithATurnThatWasKept) {
  answered(7, 1, 8192, true);
  EXPECT_TRUE(recalled({.conversation = 7, .prompt = 9000, .tool_results = true}).going_on);
  EXPECT_FALSE(recalled({.conversation = 7, .prompt = 9000}).going_on);
  answered(7, 1, 8192, false);
  EXPECT_FALSE(recalled({.conversation = 7, .prompt = 9000, .tool_results = true}).going_on);
}

TEST_F(RecallTest, KnowsModelsByWhoTheyAreWhereverTheyStand) {
  answered(7, 1, 8192);
  market_ = of({"b", "d"});
  EXPECT_EQ(recalled({.conversation = 7, .prompt = 9000}).model, std::optional<ModelIndex>(0));
  market_ = of({"d"});
  EXPECT_FALSE(recalled({.conversation = 7, .prompt = 9000}).model) << "it is not configured any more";
}

}  // namespace
}  // namespace pointsman::route
