#include "classify/reasons.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"
#include "classify/weighted_features.h"

namespace pointsman::classify {
namespace {

using ::testing::ElementsAre;
using text::FeatureKind;

constexpr const char* kTexts[] = {"please refund my order", "where is my parcel now", "reset the password please"};

// A model of three categories with random weights for the features of one text each, and that text as example.
ModelParts parts_of_three() {
  ModelParts parts;
  parts.categories = {"billing", "delivery", "account"};
  parts.block_weight = {1, 0.8F, 0.2F, 0.2F};
  parts.unknown_idf = 2;
  parts.temperature = 0.3F;
  parts.bias = {0.1F, -0.2F, 0.05F};
  base::Rng rng(8);
  text::FeatureExtractor extractor;
  for (std::size_t c = 0; c < 3; ++c) {
    for (const text::Feature& feature : extractor.extract({kTexts[c]})) {
      if (std::ranges::count(parts.hashes, feature.hash) > 0) continue;
      parts.hashes.push_back(feature.hash);
      parts.idf.push_back(1 + static_cast<float>(rng.uniform()));
      for (std::size_t k = 0; k < 3; ++k) {
        parts.weights.push_back(static_cast<float>(rng.uniform() - 0.5) + (k == c ? 1.0F : 0.0F));
      }
    }
    parts.examples.emplace_back(static_cast<std::uint32_t>(c), kTexts[c]);
  }
  return parts;
}

std::shared_ptr<const LinearModel> model_of(const ModelParts& parts) {
  auto model = LinearModel::from_string(write_artefact(parts));
  EXPECT_TRUE(model.has_value()) << model.error().message();
  return *model;
}

double sum_of(const Reasons& reasons) {
  double sum = static_cast<double>(reasons.prior) + static_cast<double>(reasons.network);
  for (const Contribution& one : reasons.features) sum += static_cast<double>(one.log_odds);
  return sum;
}

TEST(Reasons, AddUpToTheOddsOfTheWinnerAgainstTheRunnerUp) {
  const auto model = model_of(parts_of_three());
  for (const char* text :
       {"please refund my parcel", "password", "", "zzz unknown words only", "my my my order, 12?"}) {
    const auto reasons = reasons_for(*model, {.text = text, .context = "refund", .tools = 2}, 0);
    ASSERT_TRUE(reasons.has_value());
    const auto& p = reasons->probabilities;
    const double odds = std::log(static_cast<double>(p[reasons->winner]) / static_cast<double>(p[reasons->runner_up]));
    EXPECT_NEAR(reasons->log_odds, odds, 1e-4) << text;
    EXPECT_NEAR(sum_of(*reasons), odds, 1e-3) << text;
    EXPECT_GE(odds, 0) << text;
  }
}

TEST(Reasons, NameTheWordsThatSpeakForTheWinner) {
  ModelParts parts = parts_of_three();
  std::ranges::fill(parts.weights, 0.0F);
  text::FeatureExtractor extractor;
  const std::uint32_t refund = extractor.extract({"refund"})[0].hash;
  const auto at = static_cast<std::size_t>(std::ranges::find(parts.hashes, refund) - parts.hashes.begin());
  ASSERT_LT(at, parts.hashes.size());
  parts.weights[at * 3] = 2;
  const auto reasons = reasons_for(*model_of(parts), {.text = "a REFUND now"}, 0);
  ASSERT_TRUE(reasons.has_value());
  EXPECT_EQ(reasons->winner, 0U);
  ASSERT_EQ(reasons->features.size(), 1U);
  EXPECT_EQ(reasons->features[0].text, "refund");
  EXPECT_EQ(reasons->features[0].kind, FeatureKind::kWord);
  EXPECT_GT(reasons->features[0].log_odds, 0);
  EXPECT_GT(reasons->unknown_features, 0U);
}

TEST(Reasons, GatherTheLettersOfAWord) {
  const std::vector<Contribution> features{{FeatureKind::kGram, "_re", "refund", 0.5F},
                                           {FeatureKind::kWord, "late", "", -0.6F},
                                           {FeatureKind::kGram, "fun", "refund", 0.25F},
                                           {FeatureKind::kGram, "ate", "late", 0.125F}};
  const auto gathered = with_letters_gathered(features);
  ASSERT_EQ(gathered.size(), 3U);
  EXPECT_EQ(gathered[0].text, "refund");
  EXPECT_FLOAT_EQ(gathered[0].log_odds, 0.75F);
  EXPECT_EQ(gathered[1].text, "late");
  EXPECT_FLOAT_EQ(gathered[2].log_odds, 0.125F);
}

TEST(Reasons, FindTheExampleThatIsTheTextItself) {
  const auto model = model_of(parts_of_three());
  const auto nearest = nearest_examples(model->artefact(), "Where is my PARCEL now", 2);
  ASSERT_EQ(nearest.size(), 2U);
  EXPECT_EQ(nearest[0].text, kTexts[1]);
  EXPECT_EQ(nearest[0].category, 1U);
  EXPECT_NEAR(nearest[0].similarity, 1, 0.01) << "capitals are another shape";
  EXPECT_LT(nearest[1].similarity, nearest[0].similarity);
  EXPECT_GT(nearest[1].similarity, 0);
  EXPECT_TRUE(nearest_examples(model->artefact(), "parcel", 0).empty());
  EXPECT_NEAR(nearest_examples(model->artefact(), kTexts[2], 1)[0].similarity, 1, 1e-5);
}

TEST(Reasons, LiveWithoutExamplesAndWithOneCategory) {
  ModelParts parts;
  parts.categories = {"only"};
  parts.bias = {0};
  const auto reasons = reasons_for(*model_of(parts), {.text = "anything"}, 3);
  ASSERT_TRUE(reasons.has_value()) << reasons.error().message();
  EXPECT_EQ(reasons->winner, reasons->runner_up);
  EXPECT_EQ(reasons->log_odds, 0);
  EXPECT_TRUE(reasons->nearest.empty());
  EXPECT_TRUE(reasons->features.empty());
}

// A network whose only filter answers "zz" and speaks for the last category.
std::string loud_network() {
  CharNetParts net;
  net.filters = 2 * kNetBlock;
  net.table.assign(kNetTaps * text::kCharCodes * net.filters, 0);
  net.bias.assign(kNetWidths.size() * net.filters, 0);
  net.head.assign(kNetWidths.size() * net.filters * 3, 0);
  net.head_bias.assign(3, 0);
  const std::size_t z = text::kFirstLetterCode + 25U;
  net.table[z * net.filters] = 1;
  net.table[(text::kCharCodes + z) * net.filters] = 1;
  net.bias[0] = -1;
  net.head[2] = 1;
  return CharNet::pack(net, 3);
}

TEST(Reasons, TellWhatTheNetworkChanged) {
  ModelParts parts = parts_of_three();
  std::ranges::fill(parts.weights, 0.0F);
  parts.weights[0] = 1;  // of a feature that the text does not have
  parts.bias = {0.2F, 0, 0};
  parts.net = loud_network();
  parts.mix = {.linear = 1, .net = 5, .ask_below = 0.99F};
  const auto reasons = reasons_for(*model_of(parts), {.text = "zzz"}, 0);
  ASSERT_TRUE(reasons.has_value());
  EXPECT_EQ(reasons->linear_winner, 0U);
  EXPECT_EQ(reasons->winner, 2U);
  EXPECT_GT(reasons->network, 1);
  EXPECT_NEAR(sum_of(*reasons), reasons->log_odds, 1e-3);
  EXPECT_NEAR(reasons->prior, -0.2, 1e-5);
}

TEST(WeightedFeatures, HaveTheLengthOfTheirBlocks) {
  const auto model = model_of(parts_of_three());
  text::FeatureExtractor extractor;
  const auto features = extractor.extract({"please refund what nobody knows"});
  std::vector<WeightedFeature> weighted;
  weigh_features(model->artefact(), features, weighted);
  ASSERT_EQ(weighted.size(), features.size());
  std::array<double, text::kBlocks> squares{};
  for (std::size_t i = 0; i < weighted.size(); ++i) {
    EXPECT_EQ(weighted[i].hash, features[i].hash);
    squares[static_cast<std::size_t>(features[i].block)] += static_cast<double>(weighted[i].value * weighted[i].value);
  }
  EXPECT_NEAR(squares[0], 1, 1e-4);
  EXPECT_NEAR(squares[1], 0.64, 1e-4);
  EXPECT_NEAR(squares[2], 0.04, 1e-4);
  EXPECT_EQ(squares[3], 0);
}

}  // namespace
}  // namespace pointsman::classify
