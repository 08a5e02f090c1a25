#include "learn/loss_matrix.h"

#include <gmock/gmock.h>

namespace pointsman::learn {
namespace {

using testing::HasSubstr;

const std::vector<std::string> kOrder{"simple", "tools", "hard"};

TEST(LossMatrix, UnderRoutingCostsOnlyWhatIsSentToAWeakerCategory) {
  const LossMatrix losses = LossMatrix::under_routing(kOrder);
  EXPECT_EQ(losses.loss(0, 0), 0);
  EXPECT_EQ(losses.loss(1, 0), 1);
  EXPECT_EQ(losses.loss(2, 1), 1);
  EXPECT_EQ(losses.loss(0, 2), 0);  // dearer than needed, but not wrong
  EXPECT_EQ(losses.worst(2), 0);
  EXPECT_EQ(losses.kind(), LossKind::kZeroOne);
}

TEST(LossMatrix, AnOutsideTextNeedsTheStrongestCategory) {
  const LossMatrix losses = LossMatrix::under_routing(kOrder);
  EXPECT_EQ(losses.truth_of("weather"), losses.outside());
  EXPECT_EQ(losses.loss(losses.outside(), 0), 1);
  EXPECT_EQ(losses.loss(losses.outside(), 1), 1);
  EXPECT_EQ(losses.loss(losses.outside(), 2), 0);
}

TEST(LossMatrix, AnyMistakeCostsTheSameEverywhere) {
  const LossMatrix losses = LossMatrix::any_mistake(kOrder);
  for (std::size_t truth = 0; truth <= 3; ++truth) {
    for (std::size_t sent = 0; sent < 3; ++sent) EXPECT_EQ(losses.loss(truth, sent), truth == sent ? 0 : 1);
  }
}

TEST(LossMatrix, CostsAreReadByName) {
  const auto losses =
      LossMatrix::read_costs(R"({"tools": {"simple": 0.25}, "outside": {"hard": 0}, "hard": {"hard": 0.1}})", kOrder);
  ASSERT_TRUE(losses);
  EXPECT_EQ(losses->loss(1, 0), 0.25F);
  EXPECT_EQ(losses->loss(losses->outside(), 2), 0);
  EXPECT_EQ(losses->loss(losses->outside(), 0), 1);
  EXPECT_EQ(losses->loss(2, 2), 0.1F);
  EXPECT_EQ(losses->loss(0, 1), 1);
  EXPECT_EQ(losses->kind(), LossKind::kBounded);
}

TEST(LossMatrix, CostsThatAreWrongAreRefusedWithTheirPlace) {
  const auto refusal = [](std::string_view json) {
    const auto read = LossMatrix::read_costs(json, kOrder);
    return read ? std::string("accepted") : read.error().message();
  };
  EXPECT_THAT(refusal("[]"), HasSubstr("1:1: expected an object"));
  EXPECT_THAT(refusal("{\"tools\":\n {\"simple\": 2}}"), HasSubstr("2:13: a cost is a number from 0 to 1"));
  EXPECT_THAT(refusal(R"({"tools": {"simple": "1"}})"), HasSubstr("a cost is a number"));
  EXPECT_THAT(refusal(R"({"tols": {"simple": 1}})"), HasSubstr("does not know"));
  EXPECT_THAT(refusal(R"({"tools": {"outside": 1}})"), HasSubstr("does not know"));
  EXPECT_THAT(refusal(R"({"tools": 1})"), HasSubstr("expected an object of costs"));
  EXPECT_NE(refusal(R"({"tools": {"simple": 1})"), "accepted");
  EXPECT_NE(refusal(R"({"tools": {"simple": 1}} x)"), "accepted");
}

TEST(LossMatrix, OneCategoryCannotBeUnderRouted) {
  const LossMatrix losses = LossMatrix::under_routing({"only"});
  EXPECT_EQ(losses.worst(0), 0);
}

}  // namespace
}  // namespace pointsman::learn
