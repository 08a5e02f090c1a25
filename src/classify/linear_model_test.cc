#include "classify/linear_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "base/rng.h"
#include "classify/artefact_layout.h"
#include "classify/row_sum.h"

namespace pointsman::classify {
namespace {

using ::testing::HasSubstr;

// A model that knows the features of a few words: category i likes the i-th word.
ModelParts parts_for(const std::vector<std::string>& words) {
  ModelParts parts;
  parts.block_weight = {1, 1, 0.2F, 0.2F};
  parts.unknown_idf = 1;
  parts.temperature = 0.1F;
  parts.card = R"({"made":"for a test"})";
  text::FeatureExtractor extractor;
  for (std::size_t c = 0; c < words.size(); ++c) {
    parts.categories.push_back("category " + std::to_string(c));
    parts.bias.push_back(0);
  }
  for (std::size_t c = 0; c < words.size(); ++c) {
    for (const text::Feature& feature : extractor.extract({words[c]})) {
      if (std::ranges::count(parts.hashes, feature.hash) > 0) continue;
      parts.hashes.push_back(feature.hash);
      parts.idf.push_back(1);
      for (std::size_t k = 0; k < words.size(); ++k) parts.weights.push_back(k == c ? 1 : 0);
    }
  }
  return parts;
}

std::string small_artefact() {
  return write_artefact(parts_for({"apple", "zebra", "quantum"}));
}

std::vector<float> probabilities(const LinearModel& model, const Input& input) {
  std::vector<float> out(model.categories().size());
  const auto scratch = model.make_scratch();
  EXPECT_TRUE(model.classify(input, *scratch, out).has_value());
  return out;
}

TEST(LinearModel, FindsTheCategoryOfAKnownWord) {
  const auto model = LinearModel::from_string(small_artefact());
  ASSERT_TRUE(model.has_value()) << model.error().message();
  EXPECT_EQ((*model)->card(), R"({"made":"for a test"})");
  EXPECT_EQ((*model)->version().size(), 64U);
  const char* words[] = {"apple", "zebra", "quantum"};
  for (std::size_t c = 0; c < 3; ++c) {
    const auto p = probabilities(**model, {.text = words[c]});
    EXPECT_EQ(std::max_element(p.begin(), p.end()) - p.begin(), static_cast<long>(c));
    EXPECT_NEAR(std::accumulate(p.begin(), p.end(), 0.0F), 1, 1e-5);
  }
}

TEST(LinearModel, LosesConfidenceAsUnknownWordsJoin) {
  const auto model = LinearModel::from_string(small_artefact());
  const float alone = probabilities(**model, {.text = "zebra"})[1];
  const float among = probabilities(**model, {.text = "zebra wvut srqp onml kjih gfed"})[1];
  EXPECT_LT(among, alone);
}

TEST(LinearModel, AnswersAnyInputWithADistribution) {
  const auto model = LinearModel::from_string(small_artefact());
  std::string noise(1 << 20, '\0');
  base::Rng rng(9);
  for (char& c : noise) c = static_cast<char>(rng.below(256));
  const std::string zebras = [] {
    std::string s;
    while (s.size() < (1U << 20)) s += "zebra ";
    return s;
  }();
  for (const std::string_view text :
       {std::string_view(), std::string_view(noise), std::string_view(zebras),
        std::string_view("\xF0\x9F\x98\x80\xF0\x9F\x98\x80"), std::string_view("\xD7\xA9\xD7\x9C")}) {
    const auto p = probabilities(**model, {.text = text, .context = text, .tools = 1 << 30});
    EXPECT_NEAR(std::accumulate(p.begin(), p.end(), 0.0F), 1, 1e-5);
    for (const float one : p) EXPECT_TRUE(one >= 0 && one <= 1);
  }
}

TEST(LinearModel, RefusesRoomForAnotherNumberOfCategories) {
  const auto model = LinearModel::from_string(small_artefact());
  std::vector<float> room(2);
  const auto scratch = (*model)->make_scratch();
  EXPECT_FALSE((*model)->classify({.text = "x"}, *scratch, room).has_value());
}

TEST(LinearModel, SharesScratchBetweenModelsOfDifferentSize) {
  const auto small = LinearModel::from_string(small_artefact());
  const auto large = LinearModel::from_string(
      write_artefact(parts_for({"apple", "zebra", "quantum", "d4", "e5", "f6", "g7", "h8", "i9", "jay", "kay", "ell",
                                "emm", "enn", "oh", "pea", "queue", "are"})));
  const auto scratch = (*large)->make_scratch();
  std::vector<float> many(18);
  std::vector<float> few(3);
  ASSERT_TRUE((*large)->classify({.text = "zebra"}, *scratch, many).has_value());
  ASSERT_TRUE((*small)->classify({.text = "zebra"}, *scratch, few).has_value());
  EXPECT_EQ(few, probabilities(**small, {.text = "zebra"}));
  EXPECT_EQ(std::max_element(many.begin(), many.end()) - many.begin(), 1);
}

TEST(Artefact, IsTheSameBytesForTheSameParts) {
  EXPECT_EQ(small_artefact(), small_artefact());
}

TEST(Artefact, RefusesEveryFlippedByte) {
  const std::string good = small_artefact();
  for (std::size_t i = 0; i < good.size(); i += i < 512 ? 1 : 37) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x20);
    const auto model = LinearModel::from_string(bad);
    ASSERT_FALSE(model.has_value()) << "byte " << i;
    ASSERT_EQ(model.error().code(), base::ErrorCode::kCorrupt) << "byte " << i;
    ASSERT_FALSE(model.error().message().empty());
  }
}

TEST(Artefact, RefusesEveryTruncationAndExtension) {
  const std::string good = small_artefact();
  for (std::size_t size = 0; size < good.size(); size += size < 512 ? 1 : 101) {
    const auto model = LinearModel::from_string(good.substr(0, size));
    ASSERT_FALSE(model.has_value()) << size;
    ASSERT_EQ(model.error().code(), base::ErrorCode::kCorrupt);
  }
  EXPECT_FALSE(LinearModel::from_string(good + "x").has_value());
}

// With the hash made right again, every header byte must be caught by a check of its own, or be harmless.
TEST(Artefact, StaysWithinItsBytesWhateverASealedHeaderSays) {
  const std::string good = small_artefact();
  base::Rng rng(5);
  for (std::size_t i = 0; i < layout::kHeaderSize; ++i) {
    for (const int value : {0, 1, 0x7F, 0x80, 0xFF, static_cast<int>(rng.below(256))}) {
      std::string bad = good;
      if (bad[i] == static_cast<char>(value)) continue;
      bad[i] = static_cast<char>(value);
      seal_artefact(bad);
      const auto model = LinearModel::from_string(bad);
      const bool in_hash = i >= layout::kHashAt;
      ASSERT_EQ(model.has_value(), in_hash) << "byte " << i << " value " << value;
    }
  }
}

TEST(Artefact, ChecksTheNumbersInsideASealedFile) {
  struct Case {
    void (*spoil)(ModelParts&);
    std::string says;
  };
  const Case cases[] = {
      {[](ModelParts& p) { p.temperature = 0; }, "temperature"},
      {[](ModelParts& p) { p.temperature = std::numeric_limits<float>::quiet_NaN(); }, "temperature"},
      {[](ModelParts& p) { p.block_weight[1] = 2; }, "block weight"},
      {[](ModelParts& p) { p.bias[2] = std::numeric_limits<float>::infinity(); }, "bias"},
      {[](ModelParts& p) { p.idf[3] = -1; }, "factors"},
      {[](ModelParts& p) { p.unknown_idf = -1; }, "unknown idf"},
      {[](ModelParts& p) { p.categories[1] = p.categories[0]; }, "twice"},
      {[](ModelParts& p) { p.categories[1] = ""; }, "name length"},
  };
  for (const Case& one : cases) {
    ModelParts parts = parts_for({"apple", "zebra", "quantum"});
    one.spoil(parts);
    const auto model = LinearModel::from_string(write_artefact(parts));
    ASSERT_FALSE(model.has_value()) << one.says;
    EXPECT_THAT(model.error().message(), HasSubstr(one.says));
  }
}

TEST(Artefact, WorksWithoutAnyFeature) {
  const auto model = LinearModel::from_string(write_artefact(parts_for({})));
  EXPECT_FALSE(model.has_value()) << "no category";
  ModelParts parts;
  parts.categories = {"a", "b"};
  parts.bias = {0, 1};
  const auto prior = LinearModel::from_string(write_artefact(parts));
  ASSERT_TRUE(prior.has_value()) << prior.error().message();
  EXPECT_NEAR(probabilities(**prior, {.text = "anything"})[1], 0.7310586F, 1e-5);
}

TEST(RowSum, IsExactForEveryWidthAndCount) {
  base::Rng rng(7);
  for (const std::size_t width : {4U, 8U, 16U, 32U, 160U}) {
    for (std::size_t count = 0; count < 9; ++count) {
      std::vector<std::int8_t> bytes(width * count);
      for (auto& b : bytes) b = static_cast<std::int8_t>(static_cast<int>(rng.below(255)) - 127);
      std::vector<WeightedRow> rows;
      for (std::size_t i = 0; i < count; ++i)
        rows.push_back({bytes.data() + i * width, static_cast<std::int32_t>(rng.below(kMaxFactor + 1))});
      std::vector<std::int32_t> sums(width, 99);
      sum_rows(rows, sums);
      for (std::size_t c = 0; c < width; ++c) {
        std::int32_t expected = 0;
        for (const WeightedRow& row : rows) expected += row.factor * row.row[c];
        ASSERT_EQ(sums[c], expected) << width << " " << count << " " << c;
      }
    }
  }
}

}  // namespace
}  // namespace pointsman::classify
