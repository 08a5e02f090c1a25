#include "encode/distill.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/rng.h"
#include "encode/principal_axes.h"

namespace pointsman::encode {
namespace {

constexpr std::size_t kDimensions = 8;
constexpr std::size_t kWords = 60;

WordPiece words() {
  std::string vocabulary = "[UNK]\n[PAD]\n";
  for (std::size_t i = 0; i < kWords; ++i) vocabulary += "w" + std::to_string(i) + "\n";
  return *WordPiece::from_vocabulary(vocabulary, {.begin = "", .end = ""});
}

std::vector<float> random_vectors(std::size_t count, std::uint64_t seed) {
  base::Rng rng(seed);
  std::vector<float> out;
  for (std::size_t i = 0; i < count * kDimensions; ++i) out.push_back(static_cast<float>(rng.uniform() - 0.5));
  return out;
}

// Texts whose embedding is the direction of the sum of hidden vectors, one for each word.
struct Taught {
  std::vector<std::string> texts;
  std::vector<float> embeddings;
  std::vector<std::vector<std::size_t>> words;
};

Taught taught(const std::vector<float>& hidden, std::size_t count, std::uint64_t seed) {
  base::Rng rng(seed);
  Taught out;
  for (std::size_t i = 0; i < count; ++i) {
    std::string text;
    std::vector<float> sum(kDimensions, 0);
    std::vector<std::size_t>& chosen = out.words.emplace_back();
    for (int word = 0; word < 4; ++word) {
      chosen.push_back(rng.below(kWords));
      text += " w" + std::to_string(chosen.back());
      for (std::size_t d = 0; d < kDimensions; ++d) sum[d] += hidden[chosen.back() * kDimensions + d];
    }
    double square = 0;
    for (const float one : sum) square += static_cast<double>(one) * static_cast<double>(one);
    for (const float one : sum) out.embeddings.push_back(one / static_cast<float>(std::sqrt(square)));
    out.texts.push_back(std::move(text));
  }
  return out;
}

double mean_cosine(const StaticTable& table, const Taught& judged) {
  const auto scratch = table.make_scratch();
  std::vector<float> out(kDimensions);
  double sum = 0;
  for (std::size_t i = 0; i < judged.texts.size(); ++i) {
    const std::string_view text = judged.texts[i];
    table.encode(std::span(&text, 1), *scratch, out);
    for (std::size_t d = 0; d < kDimensions; ++d) {
      sum += static_cast<double>(out[d] * judged.embeddings[i * kDimensions + d]);
    }
  }
  return sum / static_cast<double>(judged.texts.size());
}

std::shared_ptr<const StaticTable> table_of(const WordPiece& tokenizer, std::vector<float> pieces, const Taught* by) {
  DistillInput input{.tokenizer = &tokenizer, .dimensions = kDimensions, .pieces = std::move(pieces), .card = "{}"};
  if (by != nullptr) {
    input.texts.assign(by->texts.begin(), by->texts.end());
    input.embeddings = by->embeddings;
  }
  const TableParts parts = distill(std::move(input), {.dimensions = kDimensions}, [](double) {});
  return *StaticTable::from_string(write_table(parts));
}

TEST(Distill, LearnsFromTextsWhatPiecesAloneDoNotTell) {
  const WordPiece tokenizer = words();
  const std::vector<float> hidden = random_vectors(kWords, 1);
  const Taught teaching = taught(hidden, 2000, 2);
  const Taught judged = taught(hidden, 200, 3);
  const std::vector<float> pieces = random_vectors(kWords + 2, 4);  // nothing to do with the truth
  EXPECT_LT(mean_cosine(*table_of(tokenizer, pieces, nullptr), judged), 0.4);
  EXPECT_GT(mean_cosine(*table_of(tokenizer, pieces, &teaching), judged), 0.95);
}

TEST(Distill, KeepsThePiecesThatTextsDoNotMention) {
  const WordPiece tokenizer = words();
  const std::vector<float> pieces = random_vectors(kWords + 2, 4);
  Taught one;
  one.texts = {"w1 w2"};
  one.embeddings.assign(kDimensions, 0);
  one.embeddings[0] = 1;
  const auto scratch_vector = [&](const StaticTable& table, std::string_view text) {
    const auto scratch = table.make_scratch();
    std::vector<float> out(kDimensions);
    table.encode(std::span(&text, 1), *scratch, out);
    return out;
  };
  const auto plain = table_of(tokenizer, pieces, nullptr);
  const auto bent = table_of(tokenizer, pieces, &one);
  EXPECT_EQ(scratch_vector(*plain, "w9"), scratch_vector(*bent, "w9"));
  EXPECT_GT(scratch_vector(*bent, "w1 w2")[0], scratch_vector(*plain, "w1 w2")[0]);
}

TEST(Distill, GivesMarksNoVector) {
  const WordPiece tokenizer = words();
  const auto table = table_of(tokenizer, random_vectors(kWords + 2, 4), nullptr);
  const std::string_view text = "[UNK] zebra";
  const auto scratch = table->make_scratch();
  std::vector<float> out(kDimensions);
  table->encode(std::span(&text, 1), *scratch, out);
  EXPECT_EQ(out, std::vector<float>(kDimensions, 0));
  EXPECT_TRUE(is_mark("[unused3]"));
  EXPECT_FALSE(is_mark("["));
  EXPECT_FALSE(is_mark("[]"));
}

TEST(PrincipalAxes, FindsTheDirectionsThatRowsWereStretchedIn) {
  base::Rng rng(5);
  std::vector<float> rows;
  for (int i = 0; i < 4000; ++i) {
    const double a = 10 * (rng.uniform() - 0.5);
    const double b = 3 * (rng.uniform() - 0.5);
    // a along (0.6, 0.8, 0), b along (0, 0, 1)
    rows.push_back(static_cast<float>(0.6 * a));
    rows.push_back(static_cast<float>(0.8 * a));
    rows.push_back(static_cast<float>(b));
  }
  const std::vector<float> axes = principal_axes(rows, 3, 2);
  EXPECT_NEAR(axes[0], 0.6, 0.01);
  EXPECT_NEAR(axes[2], 0.8, 0.01);
  EXPECT_NEAR(axes[4], 0, 0.01);
  EXPECT_NEAR(axes[5], 1, 0.01);
}

TEST(PrincipalAxes, AreOrthogonalAndOfLengthOne) {
  const std::vector<float> axes = principal_axes(random_vectors(100, 6), kDimensions, kDimensions);
  for (std::size_t a = 0; a < kDimensions; ++a) {
    for (std::size_t b = 0; b < kDimensions; ++b) {
      double dot = 0;
      for (std::size_t d = 0; d < kDimensions; ++d) {
        dot += static_cast<double>(axes[d * kDimensions + a] * axes[d * kDimensions + b]);
      }
      EXPECT_NEAR(dot, a == b ? 1 : 0, 1e-5);
    }
  }
}

}  // namespace
}  // namespace pointsman::encode
