#include "classify/correction_memory.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace pointsman::classify {
namespace {

class CorrectionMemoryTest : public testing::Test {
 protected:
  Correction said(std::string_view text, std::string category, int when, std::string source = "ann",
                  std::string_view context = {}) {
    return {.id = "c" + std::to_string(when),
            .source = std::move(source),
            .category = std::move(category),
            .when = base::WallTime(std::chrono::seconds(when)),
            .trace = trace_of({.text = text, .context = context}, scratch_.extractor)};
  }
  std::string found(const CorrectionMemory& memory, std::string_view text, std::string_view context = {}) {
    const auto hit = memory.find({.text = text, .context = context}, scratch_);
    return hit ? std::string(hit->category) : "nothing";
  }

  CorrectionMemory::Scratch scratch_;
};

TEST_F(CorrectionMemoryTest, KnowsTheSameTextAgainWhateverItsCaseAndSpacing) {
  const auto memory = CorrectionMemory::build({said("Where is my parcel?", "shipping", 1)});
  EXPECT_EQ(found(*memory, "Where is my parcel?"), "shipping");
  EXPECT_EQ(found(*memory, "where is  MY parcel ?"), "shipping");
  const auto hit = memory->find({.text = "where is my parcel?"}, scratch_);
  EXPECT_EQ(hit->correction, "c1");
  EXPECT_EQ(hit->likeness, 1);
}

TEST_F(CorrectionMemoryTest, KnowsATextByTheFeaturesThatWereKeptOfIt) {
  const auto extracted = scratch_.extractor.extract({.text = "Where is my parcel?", .context = "hello", .tools = 2});
  std::vector<text::Feature> kept(extracted.begin(), extracted.end());
  std::ranges::reverse(kept);
  const auto trace = trace_of(kept);
  ASSERT_TRUE(trace.has_value());
  const TextTrace direct = trace_of({.text = "where is my parcel?", .context = "hello"}, scratch_.extractor);
  EXPECT_EQ(trace->hash, direct.hash);
  EXPECT_EQ(trace->features.size(), direct.features.size());
  EXPECT_FALSE(trace_of(std::span<const text::Feature>()).has_value());
  EXPECT_FALSE(trace_of(std::vector<text::Feature>(5000)).has_value());
}

TEST_F(CorrectionMemoryTest, KnowsNearlyTheSameTextAndNothingElse) {
  const auto memory = CorrectionMemory::build(
      {said("please tell me where the parcel is that I ordered last Monday from your shop", "shipping", 1)});
  EXPECT_EQ(found(*memory, "please tell me where the parcel is that I ordered last monday from your shops"),
            "shipping");
  EXPECT_EQ(found(*memory, "please tell me where the shop is"), "nothing");
  EXPECT_EQ(found(*memory, "my invoice is wrong"), "nothing");
  EXPECT_EQ(found(*memory, ""), "nothing");
}

TEST_F(CorrectionMemoryTest, HasNoEffectBeforeAnythingWasCorrected) {
  EXPECT_EQ(found(CorrectionMemory(), "hello"), "nothing");
  EXPECT_EQ(found(*CorrectionMemory::build({}), "hello"), "nothing");
}

TEST_F(CorrectionMemoryTest, SaysThatATextBelongsToNoneOfThem) {
  const auto memory = CorrectionMemory::build({said("sing me a song", "", 1)});
  const auto hit = memory->find({.text = "sing me a song"}, scratch_);
  ASSERT_TRUE(hit.has_value());
  EXPECT_TRUE(hit->category.empty());
}

TEST_F(CorrectionMemoryTest, TellsTheSameTextInAnotherContextApart) {
  const auto memory = CorrectionMemory::build({said("yes please do that", "orders", 1, "ann", "shall I cancel it?")});
  EXPECT_EQ(found(*memory, "yes please do that", "shall I cancel it?"), "orders");
  EXPECT_EQ(found(*memory, "yes please do that", "would you like to read a poem about autumn?"), "nothing");
  EXPECT_EQ(found(*memory, "yes please do that"), "nothing");
}

TEST_F(CorrectionMemoryTest, TakesWhatASourceSaidLast) {
  const auto memory = CorrectionMemory::build({said("where is it", "a", 1), said("where is it", "b", 2)});
  EXPECT_EQ(found(*memory, "where is it"), "b");
  EXPECT_EQ(memory->size(), 1U);
  EXPECT_EQ(memory->disputed(), 0U);
}

TEST_F(CorrectionMemoryTest, HasNoEffectWhereSourcesContradictEachOtherNorOnTextsLikeThat) {
  constexpr std::string_view kText = "please tell me where the parcel is that I ordered last Monday from your shop";
  const auto memory = CorrectionMemory::build({said(kText, "shipping", 1, "ann"), said(kText, "orders", 2, "bob")});
  EXPECT_EQ(memory->disputed(), 1U);
  EXPECT_EQ(found(*memory, kText), "nothing");
  EXPECT_EQ(found(*memory, std::string(kText) + "s"), "nothing");
  const auto agreed = CorrectionMemory::build(
      {said(kText, "shipping", 1, "ann"), said(kText, "orders", 2, "bob"), said(kText, "shipping", 3, "bob")});
  EXPECT_EQ(found(*agreed, kText), "shipping");
}

TEST_F(CorrectionMemoryTest, HasNoEffectBetweenTwoCategories) {
  const auto memory =
      CorrectionMemory::build({said("how do I get a refund for the blue jacket that I bought on Monday", "refund", 1),
                               said("how do I get a bill for the blue jacket that I bought on Monday", "invoice", 2)});
  EXPECT_EQ(found(*memory, "how do I get a receipt for the blue jacket that I bought on Monday"), "nothing");
  EXPECT_EQ(found(*memory, "how do I get a refund for the blue jacket that I bought on Monday"), "refund");
}

TEST_F(CorrectionMemoryTest, HoldsTheNewestWithinItsCapacity) {
  std::vector<Correction> corrections;
  for (int i = 0; i < 20; ++i) {
    corrections.push_back(said("text " + std::to_string(i * 7), "x", i, "source" + std::to_string(i % 10)));
  }
  const auto memory = CorrectionMemory::build(corrections, {.capacity = 8, .source_share = 0.5});
  EXPECT_EQ(memory->size(), 8U);
  EXPECT_EQ(memory->left_out(), 12U);
  EXPECT_EQ(found(*memory, "text 133"), "x");
  EXPECT_EQ(found(*memory, "text 0"), "nothing");
}

TEST_F(CorrectionMemoryTest, LetsNoSourceHoldMoreThanItsShare) {
  std::vector<Correction> corrections;
  for (int i = 0; i < 100; ++i)
    corrections.push_back(said("flood " + std::to_string(i * 7), "cheap", 100 + i, "mallory"));
  corrections.push_back(said("an honest correction", "right", 1, "ann"));
  const auto memory = CorrectionMemory::build(corrections, {.capacity = 40, .source_share = 0.25});
  EXPECT_EQ(memory->size(), 11U);
  EXPECT_EQ(memory->left_out(), 90U);
  EXPECT_EQ(found(*memory, "an honest correction"), "right");
}

TEST_F(CorrectionMemoryTest, IsTheSameInEveryOrderAndItsVersionNamesWhatItSays) {
  std::vector<Correction> corrections;
  for (int i = 0; i < 30; ++i) {
    corrections.push_back(
        said("text " + std::to_string(i % 25), i % 3 == 0 ? "a" : "b", i / 2, "s" + std::to_string(i % 4)));
  }
  const auto memory = CorrectionMemory::build(corrections);
  std::ranges::reverse(corrections);
  const auto again = CorrectionMemory::build(corrections);
  EXPECT_EQ(memory->version(), again->version());
  EXPECT_EQ(memory->version().size(), 64U);
  for (int i = 0; i < 25; ++i) {
    EXPECT_EQ(found(*memory, "text " + std::to_string(i)), found(*again, "text " + std::to_string(i)));
  }
  corrections.front().category = "c";
  EXPECT_NE(CorrectionMemory::build(corrections)->version(), memory->version());
  EXPECT_NE(CorrectionMemory::build(corrections, {.bar = 0.9F})->version(), again->version());
}

TEST_F(CorrectionMemoryTest, RecognisesAVeryLongTextOnlyIfItIsTheSame) {
  std::string text;
  for (int i = 0; i < 6000; ++i) text += "word" + std::to_string(i) + " ";
  const auto memory = CorrectionMemory::build({said(text, "long", 1)});
  EXPECT_EQ(found(*memory, text), "long");
  std::string other = text;
  other[text.size() / 2] = '#';
  EXPECT_EQ(found(*memory, other), "nothing");
}

// What prefix filtering skips could not have been found: the same as comparing with every correction.
TEST_F(CorrectionMemoryTest, MissesNothingThatIsAlikeEnough) {
  std::vector<Correction> corrections;
  std::vector<std::string> texts;
  for (int i = 0; i < 60; ++i) {
    texts.push_back("please w" + std::to_string(i % 7) + " the t" + std::to_string(i % 11) + " and u" +
                    std::to_string(i) + " with my v" + std::to_string(i % 5) + " today");
    corrections.push_back(said(texts.back(), "c" + std::to_string(i), i, "s" + std::to_string(i % 4)));
  }
  const auto memory = CorrectionMemory::build(corrections, {.bar = 0.3F, .clearance = 0});
  const auto strict = CorrectionMemory::build(corrections, {.bar = 0.75F, .clearance = 0});
  int hits = 0;
  for (int i = 0; i < 60; ++i) {
    const std::string text = texts[static_cast<std::size_t>(i)] + (i % 2 == 0 ? " now" : " please");
    const auto any = memory->find({.text = text}, scratch_);
    ASSERT_TRUE(any.has_value());
    const auto near = strict->find({.text = text}, scratch_);
    EXPECT_EQ(near.has_value(), any->likeness >= 0.75F);
    if (!near) continue;
    ++hits;
    EXPECT_EQ(near->correction, any->correction);
    EXPECT_FLOAT_EQ(near->likeness, any->likeness);
  }
  EXPECT_GT(hits, 10);
}

TEST_F(CorrectionMemoryTest, GivesAllSourcesThatAreNotTrustedOnePartTogether) {
  std::vector<Correction> all;
  for (int i = 0; i < 8; ++i) {
    all.push_back(said("a text about number " + std::to_string(i * 111), "x", i, "api:" + std::to_string(i)));
    all.back().trusted = false;
  }
  const MemoryOptions options{.capacity = 8, .source_share = 0.25};
  EXPECT_EQ(CorrectionMemory::build(all, options)->size(), 2U);
  for (Correction& one : all) one.trusted = true;
  EXPECT_EQ(CorrectionMemory::build(all, options)->size(), 8U);
}

}  // namespace
}  // namespace pointsman::classify
