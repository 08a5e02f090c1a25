#include "tokens/family.h"

#include <gtest/gtest.h>

namespace pointsman::tokens {
namespace {

TEST(Family, NamesOfOpenAiHaveTheirVocabulary) {
  for (const std::string_view name : {"gpt-4o",
                                      "gpt-4o-2024-08-06",
                                      "GPT-4o-mini",
                                      "chatgpt-4o-latest",
                                      "gpt-4.1",
                                      "gpt-4.1-mini-2025-04-14",
                                      "gpt-4.5-preview",
                                      "gpt-5",
                                      "gpt-5-nano",
                                      "gpt-5.1",
                                      "gpt-5.2-pro",
                                      "o1",
                                      "o1-preview",
                                      "o3-mini",
                                      "o4-mini",
                                      "gpt-oss-120b",
                                      "ft:gpt-4o:acme::7p4lURx",
                                      "openai/gpt-4o",
                                      "openrouter/openai/gpt-5-mini:free",
                                      "openai.gpt-oss-20b-1:0",
                                      "us.openai.gpt-oss-20b-1:0"}) {
    EXPECT_EQ(family_of(name).encoding, Encoding::kO200k) << name;
  }
  for (const std::string_view name : {"gpt-4", "gpt-4-0613", "gpt-4-32k", "gpt-4-turbo", "gpt-3.5-turbo", "gpt-3.5",
                                      "gpt-35-turbo-16k", "azure/gpt-4", "ft:gpt-3.5-turbo:acme::7p4lURx",
                                      "text-embedding-3-large", "text-embedding-ada-002", "davinci-002"}) {
    EXPECT_EQ(family_of(name).encoding, Encoding::kCl100k) << name;
  }
}

TEST(Family, OtherNamesHaveNone) {
  for (const std::string_view name : {"", "/", "claude-sonnet-4-5", "gemini-2.5-pro", "gpt", "gpt-4x", "gpt-4.9", "o11",
                                      "o1x", "llama-3.3-70b", "my-gpt-4o", "mistral/o", "text-davinci-003"}) {
    EXPECT_EQ(family_of(name).encoding, std::nullopt) << name;
  }
}

TEST(Family, FramingIsKnownWhereItWasPublished) {
  EXPECT_TRUE(family_of("gpt-4o-mini").framing_known);
  EXPECT_TRUE(family_of("gpt-3.5-turbo").framing_known);
  EXPECT_FALSE(family_of("gpt-5").framing_known);
  EXPECT_FALSE(family_of("gpt-oss-20b").framing_known);
  EXPECT_FALSE(family_of("claude-opus-4-6").framing_known);
}

TEST(Family, TheLongestNameDecidesWhatImagesCost) {
  EXPECT_EQ(family_of("gpt-4o").images.base, 85);
  EXPECT_EQ(family_of("gpt-4o-mini").images.base, 2833);
  EXPECT_EQ(family_of("gpt-4.1-mini").images.hundredths, 162);
  EXPECT_EQ(family_of("o3").images.tile, 150);
  EXPECT_EQ(family_of("claude-sonnet-5").images.kind, ImageRule::Kind::kArea);
  EXPECT_FALSE(family_of("gpt-5.1").images.sure);
  EXPECT_FALSE(family_of("nobody").images.sure);
}

}  // namespace
}  // namespace pointsman::tokens
