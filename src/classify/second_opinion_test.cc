// What the artefact's dense sections do to a decision: token vectors among the scores, and an encoder's head.
#include "classify/second_opinion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "classify/assisted_classifier.h"
#include "classify/linear_model.h"
#include "classify/reasons.h"
#include "support/scripted_encoder.h"

namespace pointsman::classify {
namespace {

using pointsman::testing::ScriptedEncoder;
using ::testing::HasSubstr;

constexpr std::size_t kDimensions = 2;
const std::string kId(64, 'a');

// Knows no words: all it can tell "reset" from "email" by is the table or the encoder.
ModelParts wordless() {
  ModelParts parts;
  parts.categories = {"password", "address"};
  parts.bias = {0, 0};
  parts.block_weight = {1, 1, 0, 0};
  parts.card = "{}";
  return parts;
}

ModelParts with_table() {
  ModelParts parts = wordless();
  parts.table = encode::write_table({.options = {.begin = "", .end = ""},
                                     .pieces = {"[UNK]", "reset", "email"},
                                     .dimensions = kDimensions,
                                     .vectors = {0, 0, 1, 0, 0, 1},
                                     .card = "{}"});
  parts.dense = {3, 0, 0, 3};  // the first dimension speaks for "password", the second for "address"
  return parts;
}

ModelParts with_encoder(float ask_below) {
  ModelParts parts = wordless();
  SecondOpinionParts second{.encoder_id = kId, .dimensions = kDimensions};
  second.weights = {4, 0, 0, 4};
  second.bias = {0, 0.5F};
  second.mix = {.linear = 1, .encoder = 1, .ask_below = ask_below};
  parts.second = SecondOpinion::pack(second);
  return parts;
}

std::shared_ptr<const LinearModel> model_of(const ModelParts& parts) {
  auto model = LinearModel::from_string(write_artefact(parts));
  EXPECT_TRUE(model) << model.error().message();
  return *model;
}

std::vector<float> probabilities(const Classifier& classifier, const Input& input) {
  const auto scratch = classifier.make_scratch();
  std::vector<float> out(2);
  EXPECT_TRUE(classifier.classify(input, *scratch, out));
  return out;
}

// Says (1, 0) of texts with "reset", (0, 1) of others.
std::shared_ptr<const encode::Encoder> encoder_of(char digit) {
  return std::make_shared<ScriptedEncoder>(digit, kDimensions, [](std::string_view text, std::span<float> vector) {
    vector[text.find("reset") != std::string_view::npos ? 0 : 1] = 1;
  });
}

TEST(TokenVectors, JoinTheScores) {
  const auto model = model_of(with_table());
  EXPECT_NEAR(probabilities(*model, {.text = "reset it"})[0], 1 / (1 + std::exp(-3.0)), 1e-4);
  EXPECT_NEAR(probabilities(*model, {.text = "my email"})[1], 1 / (1 + std::exp(-3.0)), 1e-4);
  EXPECT_NEAR(probabilities(*model, {.text = "zebra"})[0], 0.5, 1e-6);
  const auto reasons = reasons_for(*model, {.text = "reset"}, 0);
  ASSERT_TRUE(reasons);
  EXPECT_NEAR(reasons->meaning, 3, 1e-3);
  EXPECT_NEAR(reasons->log_odds, 3, 1e-3);
}

TEST(TokenVectors, FindTheExampleThatMeansTheSame) {
  for (const bool with_vectors : {false, true}) {
    ModelParts parts = with_vectors ? with_table() : wordless();
    parts.unknown_idf = 2;
    parts.examples = {{0, "reset"}, {1, "please my email now"}};
    const auto model = model_of(parts);
    const auto nearest = nearest_examples(model->artefact(), "please my reset now", 2);
    ASSERT_EQ(nearest.size(), 2U);
    EXPECT_EQ(nearest[0].text, with_vectors ? "reset" : "please my email now");
  }
}

TEST(TokenVectors, OneScratchServesModelsWithDifferentTables) {
  const auto first = model_of(with_table());
  ModelParts other = with_table();
  other.dense = {0, 3, 3, 0};
  const auto second = model_of(other);
  const auto scratch = first->make_scratch();
  std::vector<float> out(2);
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(first->classify({.text = "reset"}, *scratch, out));
    EXPECT_GT(out[0], 0.9F);
    ASSERT_TRUE(second->classify({.text = "reset"}, *scratch, out));
    EXPECT_GT(out[1], 0.9F);
  }
}

TEST(SecondOpinion, IsAskedForOnlyBelowItsBar) {
  const auto model = model_of(with_encoder(0.8F));
  ASSERT_NE(model->encoder(), nullptr);
  EXPECT_EQ(model->encoder()->id, kId);
  EXPECT_EQ(model->encoder()->dimensions, kDimensions);
  const auto scratch = model->make_scratch();
  std::vector<float> out(2);
  ASSERT_TRUE(model->classify({.text = "reset"}, *scratch, out));
  EXPECT_NEAR(out[0], 0.5, 1e-6);
  EXPECT_TRUE(model->wants_embedding(*scratch));

  ModelParts sure = with_encoder(0.8F);
  sure.bias = {5, 0};
  const auto confident = model_of(sure);
  ASSERT_TRUE(confident->classify({.text = "reset"}, *scratch, out));
  EXPECT_FALSE(confident->wants_embedding(*scratch));
  EXPECT_EQ(model_of(wordless())->encoder(), nullptr);
}

TEST(SecondOpinion, MixesTheHeadsScoresIn) {
  const auto model = model_of(with_encoder(0.8F));
  const std::vector<float> embedding{1, 0};
  const std::vector<float> got = probabilities(*model, {.text = "reset", .embedding = embedding});
  EXPECT_NEAR(got[0], 1 / (1 + std::exp(-3.5)), 1e-4);
  const auto reasons = reasons_for(*model, {.text = "reset", .embedding = embedding}, 0);
  ASSERT_TRUE(reasons);
  EXPECT_NEAR(reasons->encoder, 3.5, 1e-3);
  EXPECT_NEAR(reasons->log_odds, 3.5, 1e-3);
}

TEST(SecondOpinion, KnowsBetterWhatBelongsNowhere) {
  ModelParts parts = wordless();
  SecondOpinionParts second{.encoder_id = kId, .dimensions = kDimensions};
  second.weights = {4, 0, 0, 4};
  second.bias = {0, 0};
  second.mix = {.linear = 1, .encoder = 1, .ask_below = 1};
  second.scope = {.encoder_score = 2, .bias = -4};
  parts.second = SecondOpinion::pack(second);
  const auto model = model_of(parts);
  const auto sum = [&](std::vector<float> embedding) {
    const auto p = probabilities(*model, {.text = "x", .embedding = embedding});
    return p[0] + p[1];
  };
  EXPECT_NEAR(sum({1, 0}), 1 / (1 + std::exp(-4.0)), 1e-4);
  EXPECT_NEAR(sum({0, 0}), 1 / (1 + std::exp(4.0)), 1e-4);
}

TEST(SecondOpinion, ListensToADetectorThatKnowsExamplesOfNoCategory) {
  ModelParts parts = wordless();
  SecondOpinionParts second{.encoder_id = kId, .dimensions = kDimensions};
  second.weights = {4, 0, 0, 4};
  second.bias = {0, 0};
  second.mix = {.linear = 1, .encoder = 1, .ask_below = 1};
  second.scope = {.inside_score = 1, .bias = 0};
  second.detector = {3, -3, 0.5F};  // the second dimension speaks for no category
  parts.second = SecondOpinion::pack(second);
  const auto model = model_of(parts);
  const auto sum = [&](std::vector<float> embedding) {
    const auto p = probabilities(*model, {.text = "x", .embedding = embedding});
    return p[0] + p[1];
  };
  EXPECT_NEAR(sum({1, 0}), 1 / (1 + std::exp(-3.5)), 1e-4);
  EXPECT_NEAR(sum({0, 1}), 1 / (1 + std::exp(2.5)), 1e-4);

  second.detector = {3, 0.5F};
  parts.second = SecondOpinion::pack(second);
  const auto other = LinearModel::from_string(write_artefact(parts));
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message(), HasSubstr("the detector has other dimensions"));
}

TEST(SecondOpinion, RefusesAnEmbeddingOfOtherDimensions) {
  const auto model = model_of(with_encoder(0.8F));
  const std::vector<float> embedding{1, 0, 0};
  const auto scratch = model->make_scratch();
  std::vector<float> out(2);
  EXPECT_FALSE(model->classify({.text = "reset", .embedding = embedding}, *scratch, out));
}

TEST(AssistedClassifier, AsksItsEncoderWhereTheModelIsUnsure) {
  const auto model = model_of(with_encoder(0.8F));
  const auto assisted = *AssistedClassifier::make(model, encoder_of('a'));
  EXPECT_GT(probabilities(*assisted, {.text = "reset"})[0], 0.9F);
  EXPECT_GT(probabilities(*assisted, {.text = "change it"})[1], 0.9F);
  EXPECT_EQ(assisted->version(), model->version());
}

TEST(AssistedClassifier, RefusesAnotherEncoderAndAModelThatWantsNone) {
  const auto other = AssistedClassifier::make(model_of(with_encoder(1)), encoder_of('b'));
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message(), HasSubstr("aaaaaaaaaaaa"));
  EXPECT_FALSE(AssistedClassifier::make(model_of(wordless()), encoder_of('a')));
}

TEST(DenseSections, AreRefusedWhenTheyDoNotFit) {
  const auto problem = [](const ModelParts& parts) {
    const auto model = LinearModel::from_string(write_artefact(parts));
    return model ? std::string() : model.error().message();
  };
  ModelParts parts = with_table();
  parts.dense = {3, 0, 0, 3, 1, 1};
  EXPECT_THAT(problem(parts), HasSubstr("the table has other dimensions"));
  parts = with_table();
  parts.table.back() = 'x';
  EXPECT_THAT(problem(parts), HasSubstr("encoder table"));
  parts = with_encoder(0.8F);
  parts.second[3] = '?';
  EXPECT_THAT(problem(parts), HasSubstr("hexadecimal"));
  parts = with_encoder(0.8F);
  parts.second.resize(parts.second.size() - 4);
  EXPECT_THAT(problem(parts), HasSubstr("wrong size"));
  parts = with_encoder(7);
  EXPECT_THAT(problem(parts), HasSubstr("ask-below"));
  parts = with_encoder(0.8F);
  const float broken = NAN;
  std::memcpy(parts.second.data() + parts.second.size() - 4, &broken, sizeof broken);
  EXPECT_THAT(problem(parts), HasSubstr("out of range"));
}

}  // namespace
}  // namespace pointsman::classify
