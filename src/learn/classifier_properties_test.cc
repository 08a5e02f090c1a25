// What must hold of training and classifying for any data and any text.
#include <gtest/gtest.h>

#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/rng.h"
#include "classify/linear_model.h"
#include "classify/reasons.h"
#include "learn/train.h"

namespace pointsman::learn {
namespace {

// Three categories with contexts, tools, groups, weights, repeats and texts of no category.
Dataset mixed_data() {
  Dataset data;
  base::Rng rng(12);
  const char* const verbs[] = {"bake", "paint", "sail"};
  const char* const nouns[] = {"bread", "walls", "boats", "today", "slowly", "again"};
  for (int i = 0; i < 90; ++i) {
    const auto category = static_cast<std::size_t>(i % 3);
    Example example{.text = std::string("I ") + verbs[category] + " " + nouns[rng.below(6)] + " " + nouns[rng.below(6)],
                    .category = verbs[category]};
    if (i % 4 == 0) example.context = "and before that?";
    if (i % 5 == 0) example.tools = i % 7;
    if (i % 6 == 0) example.weight = 0.5F + static_cast<float>(i % 9);
    example.line = static_cast<std::size_t>(i) + 1;
    data.examples.push_back(std::move(example));
  }
  for (int i = 0; i < 6; ++i) data.examples.push_back({.text = "moon " + std::to_string(i), .outside = true});
  return data;
}

Trained must_train(const Dataset& data) {
  auto trained = train(data, {.threads = 1, .l2 = {0.5F, 0.1F}, .effort = Effort::kFast});
  EXPECT_TRUE(trained.has_value()) << trained.error().message();
  return std::move(*trained);
}

// A network of random numbers, asked for every text.
std::string random_network(std::size_t categories) {
  base::Rng rng(77);
  const auto fill = [&](std::vector<float>& out, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) out.push_back(static_cast<float>(rng.uniform() - 0.5));
  };
  classify::CharNetParts net;
  net.filters = 2 * classify::kNetBlock;
  const std::size_t all = classify::kNetWidths.size() * net.filters;
  fill(net.table, classify::kNetTaps * text::kCharCodes * net.filters);
  fill(net.bias, all);
  fill(net.head, all * categories);
  fill(net.head_bias, categories);
  return classify::CharNet::pack(net, categories);
}

// Random weights for the features of the data's texts: extreme where training would be tame.
std::shared_ptr<const classify::LinearModel> random_model(bool net) {
  base::Rng rng(78);
  classify::ModelParts parts;
  parts.categories = {"bake", "paint", "sail"};
  parts.block_weight = {1, 1, 0.15F, 0.25F};
  parts.unknown_idf = 1.5F;
  parts.temperature = 0.05F;
  parts.bias = {0.3F, -0.1F, 0};
  parts.scope = {.largest_score = 2, .unseen_words = -3, .unseen_chars = -2, .bias = 1};
  for (const Example& example : mixed_data().examples) {
    text::FeatureExtractor extractor;
    for (const text::Feature& feature : extractor.extract({example.text, example.context, example.tools})) {
      if (std::ranges::find(parts.hashes, feature.hash) != parts.hashes.end()) continue;
      parts.hashes.push_back(feature.hash);
      parts.idf.push_back(0.5F + static_cast<float>(rng.uniform()));
      for (int c = 0; c < 3; ++c) parts.weights.push_back(static_cast<float>(rng.uniform() * 8 - 4));
    }
    parts.examples.emplace_back(static_cast<std::uint32_t>(rng.below(3)), example.text);
  }
  if (net) {
    parts.net = random_network(3);
    parts.mix = {.linear = 4, .net = 3, .ask_below = 1};
  }
  const auto model = classify::LinearModel::from_string(classify::write_artefact(parts));
  EXPECT_TRUE(model.has_value()) << model.error().message();
  return *model;
}

const classify::LinearModel& model_with(bool net) {
  static const std::shared_ptr<const classify::LinearModel> models[] = {random_model(false), random_model(true)};
  return *models[net ? 1 : 0];
}

std::vector<std::string> hard_texts() {
  const auto repeated = [](std::string_view part) {
    std::string out;
    while (out.size() < (1U << 20)) out += part;
    return out;
  };
  std::vector<std::string> texts{
      "",
      " \t\r\n",
      std::string("\0\0 bake \0", 9),
      "\xFF\xFE\x80\xC3(",                             // broken UTF-8
      "\xED\xA0\x80 \xF4\x90\x80\x80 \xC0\xAF",        // a surrogate, beyond Unicode, overlong
      "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x9A\x80",  // an emoji of several code points
      "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D \xE2\x80\xAE"
      "abc \xD9\x85\xD8\xB1\xD8\xAD\xD8\xA8\xD8\xA7",    // right to left
      "e\xCC\x81\xCC\x81\xCC\x81\xCC\x81 \xE1\xBA\xAD",  // combining marks
      "\xE4\xBD\xA0\xE5\xA5\xBD\xE4\xB8\x96\xE7\x95\x8C",
      "{\"a\": [1, 2, \"</script>\"]}",
      repeated("bake "),
      repeated("x"),
      repeated("\xF0\x9F\x98\x80"),
      repeated("\n"),
      repeated("\x80"),
      repeated("1234567890."),
  };
  base::Rng rng(21);
  for (int i = 0; i < 60; ++i) {
    std::string noise(rng.below(300), '\0');
    for (char& c : noise) c = static_cast<char>(rng.below(256));
    texts.push_back(std::move(noise));
  }
  return texts;
}

std::vector<float> ask(const classify::LinearModel& model, const classify::Input& input, classify::Scratch& scratch) {
  std::vector<float> out(model.categories().size());
  const auto done = model.classify(input, scratch, out);
  EXPECT_TRUE(done.has_value()) << done.error().message();
  return out;
}

class Classifying : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(WithoutAndWithTheNetwork, Classifying, testing::Bool());

TEST_P(Classifying, GivesProbabilitiesForAnyText) {
  const classify::LinearModel& model = model_with(GetParam());
  ASSERT_EQ(model.artefact().net().has_value(), GetParam());
  const auto scratch = model.make_scratch();
  for (const std::string& text : hard_texts()) {
    const auto p = ask(model, {.text = text, .context = text, .tools = 1 << 20}, *scratch);
    double sum = 0;
    for (const float one : p) {
      EXPECT_TRUE(std::isfinite(one) && one >= 0 && one <= 1) << text.substr(0, 40);
      sum += static_cast<double>(one);
    }
    EXPECT_LE(sum, 1 + 1e-5) << text.substr(0, 40);
  }
}

TEST_P(Classifying, DependsOnNothingButTheInput) {
  const classify::LinearModel& model = model_with(GetParam());
  const std::vector<std::string> texts = hard_texts();
  const auto used = model.make_scratch();
  std::vector<std::vector<float>> first;
  for (const std::string& text : texts) first.push_back(ask(model, {.text = text}, *used));
  for (std::size_t i = texts.size(); i-- > 0;) {
    EXPECT_EQ(ask(model, {.text = texts[i]}, *used), first[i]) << "in another order, " << i;
    EXPECT_EQ(ask(model, {.text = texts[i]}, *model.make_scratch()), first[i]) << "with fresh memory, " << i;
  }
}

TEST_P(Classifying, CanBeExplainedForAnyText) {
  const classify::LinearModel& model = model_with(GetParam());
  for (const std::string& text : hard_texts()) {
    const auto reasons = classify::reasons_for(model, {.text = text}, 2);
    ASSERT_TRUE(reasons.has_value());
    double sum = static_cast<double>(reasons->prior) + static_cast<double>(reasons->network);
    for (const classify::Contribution& one : reasons->features) sum += static_cast<double>(one.log_odds);
    EXPECT_NEAR(sum, static_cast<double>(reasons->log_odds), 1e-2 + 1e-3 * std::fabs(sum)) << text.substr(0, 40);
    for (const classify::NearExample& one : reasons->nearest) {
      EXPECT_TRUE(one.similarity > 0 && one.similarity <= 1);
    }
  }
}

TEST(Training, GivesTheSameBytesForEveryPermutation) {
  Dataset data = mixed_data();
  for (std::size_t i = 0; i < data.examples.size(); i += 3) data.examples[i].group = "g" + std::to_string(i % 4);
  const Trained first = must_train(data);
  base::Rng rng(30);
  for (int round = 0; round < 4; ++round) {
    for (std::size_t i = data.examples.size(); i-- > 1;) std::swap(data.examples[i], data.examples[rng.below(i + 1)]);
    const Trained again = must_train(data);
    EXPECT_EQ(again.artefact, first.artefact) << "round " << round;
    EXPECT_EQ(again.report.out_of_fold.to_json(), first.report.out_of_fold.to_json()) << "round " << round;
  }
}

TEST(Training, TakesEveryRowTwiceAsEveryWeightDoubled) {
  const Dataset once = mixed_data();
  Dataset twice = once;
  twice.examples.insert(twice.examples.end(), once.examples.begin(), once.examples.end());
  Dataset heavy = once;
  for (Example& example : heavy.examples) example.weight *= 2;
  const auto a = *classify::LinearModel::from_string(must_train(twice).artefact);
  const auto b = *classify::LinearModel::from_string(must_train(heavy).artefact);
  for (const std::string& text : hard_texts()) {
    EXPECT_EQ(ask(*a, {.text = text}, *a->make_scratch()), ask(*b, {.text = text}, *b->make_scratch()));
  }
}

TEST(Training, LearnsNamesAndTextsOfAnyBytesAndReportsThemAsJson) {
  Dataset data = mixed_data();
  for (Example& example : data.examples) {
    if (example.category == "bake") example.category = "\"ba\\ke\"\n\xF0\x9F\x8D\x9E<script>";
    if (example.category == "sail") example.category = "\xFF\xC3";
    if (!example.outside) example.text += "\x80\"\\\n";
  }
  const Trained trained = must_train(data);
  const auto model = classify::LinearModel::from_string(trained.artefact);
  ASSERT_TRUE(model.has_value()) << model.error().message();
  EXPECT_EQ((*model)->categories().size(), 3U);
  simdjson::dom::parser parser;
  EXPECT_EQ(parser.parse(trained.report.to_json()).error(), simdjson::SUCCESS);
  EXPECT_EQ(parser.parse(std::string((*model)->card())).error(), simdjson::SUCCESS);
}

}  // namespace
}  // namespace pointsman::learn
