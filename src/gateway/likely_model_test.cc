#include "gateway/likely_model.h"

#include <gtest/gtest.h>

#include "support/routing.h"

namespace pointsman::gateway {
namespace {

using pointsman::testing::load_words;
using pointsman::testing::three_models;

// Unsure, "simple" likeliest.
class LikelyModelTest : public ::testing::Test {
 protected:
  LikelyModelTest() {
    simple().speculate = 0.4F;
    simple().pooled_threshold = 0.7F;
    decision_.routed = true;
    decision_.evidence.probabilities = {0.45F, 0.3F, 0.25F};
  }
  config::CategoryConfig& simple() { return config_.categories.front(); }
  std::string likely() {
    const auto built = build_snapshot(config_, load_words(), nullptr);
    if (!built) return built.error().message();
    const auto model = likely_model(**built, request_, decision_, {.health = health_});
    return model ? (*built)->market.model(*model).name : "";
  }

  config::Config config_ = three_models();
  Decision decision_;
  llm::ChatRequest request_;
  std::vector<route::Health> health_;
};

TEST_F(LikelyModelTest, IsTheFirstOfTheLikeliestCategory) {
  EXPECT_EQ(likely(), "sim-small");
  simple().models = {"sim-tools", "sim-small"};
  EXPECT_EQ(likely(), "sim-small") << "the cheaper one";
  simple().strategy = route::Strategy::kPreference;
  EXPECT_EQ(likely(), "sim-tools");
}

TEST_F(LikelyModelTest, IsNobodyUnlessThatCategoryWishesIt) {
  decision_.evidence.probabilities = {0.3F, 0.45F, 0.25F};
  EXPECT_EQ(likely(), "");
  decision_.evidence.probabilities = {0.39F, 0.36F, 0.25F};
  EXPECT_EQ(likely(), "") << "too unlikely";
  decision_.evidence.probabilities.clear();
  EXPECT_EQ(likely(), "") << "no classifier";
}

TEST_F(LikelyModelTest, IsNobodyWhereBothOpinionsCouldNotDecideForIt) {
  simple().pooled_threshold = 2;
  EXPECT_EQ(likely(), "");
}

TEST_F(LikelyModelTest, IsNobodyWhereTheAnswerWouldBeJudged) {
  simple().strategy = route::Strategy::kEscalate;
  EXPECT_EQ(likely(), "");
}

TEST_F(LikelyModelTest, IsNotASickModelButTheNextOfTheCategory) {
  health_ = {route::Health::kUnhealthy, route::Health::kHealthy, route::Health::kHealthy};
  EXPECT_EQ(likely(), "") << "the fallback would answer, and that is no guess";
  simple().models = {"sim-small", "sim-tools"};
  EXPECT_EQ(likely(), "sim-tools");
}

TEST_F(LikelyModelTest, IsNobodyWhereTheCategoryCannotAnswer) {
  request_.needs.capabilities.add(llm::Capability::kVision);
  EXPECT_EQ(likely(), "");
}

}  // namespace
}  // namespace pointsman::gateway
