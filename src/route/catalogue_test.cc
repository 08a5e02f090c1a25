#include "route/catalogue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace pointsman::route {
namespace {

const Catalogue& built_in() {
  static const auto catalogue = Catalogue::built_in();
  EXPECT_TRUE(catalogue.has_value()) << catalogue.error().place() << ": " << catalogue.error().message();
  return *catalogue;
}

base::TokenPrice per_million(std::string_view dollars) {
  return base::TokenPrice::per_million(*base::Money::parse(dollars));
}

TEST(Catalogue, BuiltInOneIsSoundAndCoversTheProviders) {
  std::set<std::string> providers;
  for (const CatalogueEntry& entry : built_in().entries()) {
    const Model& model = entry.model;
    providers.insert(model.provider);
    EXPECT_TRUE(entry.tier.has_value()) << model.name;
    EXPECT_EQ(entry.as_of.size(), 10U) << model.name;
    EXPECT_EQ(model.prices.input.has_value(), model.prices.output.has_value()) << model.name;
    if (model.prices.cached_input) EXPECT_LE(*model.prices.cached_input, *model.prices.input) << model.name;
    if (model.max_output && model.context_window) EXPECT_LE(*model.max_output, *model.context_window) << model.name;
  }
  EXPECT_GE(built_in().entries().size(), 60U);
  for (const char* provider : {"openai", "anthropic", "google", "mistral", "deepseek", "xai", "groq"}) {
    EXPECT_TRUE(providers.contains(provider)) << provider;
  }
}

TEST(Catalogue, KnowsAPublishedPriceExactly) {
  const CatalogueEntry* entry = built_in().find("gpt-4o-mini");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->model.prices.input, per_million("0.15"));
  EXPECT_EQ(entry->model.prices.cached_input, per_million("0.075"));
  EXPECT_EQ(entry->model.prices.output, per_million("0.6"));
  EXPECT_EQ(entry->model.context_window, 128'000);
  EXPECT_TRUE(entry->model.capabilities.has(llm::Capability::kVision));
}

TEST(Catalogue, KnowsWhatCacheWritesAndLongPromptsCost) {
  const Prices& opus = built_in().find("claude-opus-5")->model.prices;
  EXPECT_EQ(opus.cache_write, per_million("6.25"));
  EXPECT_EQ(opus.long_cache_write, per_million("10"));
  const Prices& gemini = built_in().find("gemini-2.5-pro")->model.prices;
  ASSERT_EQ(gemini.tiers.size(), 1U);
  EXPECT_EQ(gemini.tiers[0].above, 200'000);
  EXPECT_EQ(gemini.tiers[0].input, per_million("2.5"));
  EXPECT_EQ(gemini.tiers[0].cached_input, per_million("0.25"));
  EXPECT_EQ(gemini.tiers[0].output, per_million("15"));
  EXPECT_FALSE(gemini.cache_write);
}

// Anthropic writes to its cache for 1.25 times the price of the prompt, for an hour for 2, and reads for a tenth.
TEST(Catalogue, CachePricesOfAnthropicAreTheirMultiples) {
  for (const CatalogueEntry& entry : built_in().entries()) {
    const Prices& prices = entry.model.prices;
    if (entry.model.provider != "anthropic" || !prices.cache_write) continue;
    EXPECT_EQ(prices.cache_write->picos * 4, prices.input->picos * 5) << entry.model.name;
    EXPECT_EQ(prices.long_cache_write->picos, prices.input->picos * 2) << entry.model.name;
    EXPECT_EQ(prices.cached_input->picos * 10, prices.input->picos) << entry.model.name;
  }
}

TEST(Catalogue, TiersRiseAndNoneIsCheaperThanTheOneBefore) {
  for (const CatalogueEntry& entry : built_in().entries()) {
    const Prices& prices = entry.model.prices;
    Rates before = prices.base_rates();
    for (const PriceTier& tier : prices.tiers) {
      EXPECT_GE(*tier.input, *before.input) << entry.model.name;
      EXPECT_GE(*tier.output, *before.output) << entry.model.name;
      EXPECT_EQ(tier.cached_input.has_value(), before.cached_input.has_value()) << entry.model.name;
      before = tier;
    }
  }
}

TEST(Catalogue, DoesNotPassOffAsPublishedWhatNobodyLookedUp) {
  const std::set<std::string> priced_from_a_list = {"openai", "anthropic", "google"};
  for (const CatalogueEntry& entry : built_in().entries()) {
    const bool listed = priced_from_a_list.contains(entry.model.provider);
    EXPECT_EQ(entry.source, listed ? "langfuse-prices" : kUnverified) << entry.model.name;
    const bool limited = entry.model.context_window || entry.model.max_input || entry.model.max_output;
    EXPECT_EQ(entry.limits_source, limited ? kUnverified : "") << entry.model.name;
  }
}

TEST(Catalogue, FindsNamesAliasesPrefixesAndSnapshots) {
  const struct {
    const char* asked;
    const char* found;
  } kCases[] = {
      {"gpt-4.1", "gpt-4.1"},
      {"gpt-4.1-2025-04-14", "gpt-4.1"},
      {"openai/gpt-4.1-2025-04-14", "gpt-4.1"},
      {"claude-sonnet-4-5-20250929", "claude-sonnet-4-5"},
      {"claude-3.7-sonnet-latest", "claude-3-7-sonnet"},
      {"anthropic/claude-3.5-haiku", "claude-3-5-haiku"},
      {"mistral-large-2512", "mistral-large-latest"},
      {"openai/gpt-oss-20b", "openai/gpt-oss-20b"},
      {"gpt-4o-2024-05-13", "gpt-4o-2024-05-13"},
  };
  for (const auto& one : kCases) {
    const CatalogueEntry* entry = built_in().find(one.asked);
    ASSERT_NE(entry, nullptr) << one.asked;
    EXPECT_EQ(entry->model.name, one.found) << one.asked;
  }
}

TEST(Catalogue, DoesNotGuess) {
  for (const char* name : {"", "gpt", "gpt-4.1-turbo", "gpt-4.1-2025-04", "gpt-3.5-turbo-0613", "anthropic/gpt-4.1",
                           "gpt-4.1-20250414x", "-latest", "/"}) {
    EXPECT_EQ(built_in().find(name), nullptr) << name;
  }
}

TEST(Catalogue, SuggestsTheNearestNames) {
  const auto near = built_in().nearest("gpt-4o-mni");
  EXPECT_NE(std::ranges::find(near, "gpt-4o-mini"), near.end());
}

TEST(Catalogue, LeavesUnknownPricesAndWindowsAbsent) {
  const auto catalogue =
      Catalogue::parse(R"({"version": 1, "sources": {"s": "x"},)"
                       R"( "models": [{"name": "m", "provider": "p", "source": "s", "as_of": "2026-01-01"}]})");
  ASSERT_TRUE(catalogue.has_value());
  const Model& model = catalogue->entries()[0].model;
  EXPECT_FALSE(model.prices.known());
  EXPECT_FALSE(model.context_window.has_value());
  EXPECT_EQ(model.upstream_name, "m");
}

TEST(Catalogue, SaysWhichFieldOfWhichModelIsWrong) {
  const struct {
    const char* fields;
    const char* place;
  } kCases[] = {
      {R"("provider": "p")", "/models/1/name"},
      {R"("name": "n")", "/models/1/provider"},
      {R"("name": "m", "provider": "p")", "/models/1/name"},
      {R"("name": "n", "provider": "p", "input": 3)", "/models/1/input"},
      {R"("name": "n", "provider": "p", "output": "-3")", "/models/1/output"},
      {R"("name": "n", "provider": "p", "batch": 2)", "/models/1/batch"},
      {R"("name": "n", "provider": "p", "image": 2)", "/models/1/image"},
      {R"("name": "n", "provider": "p", "tiers": [{"above": 5, "input": "1"}])", "/models/1/tiers/0/input"},
      {R"("name": "n", "provider": "p", "tiers": [{"input": "1", "output": "1"}])", "/models/1/tiers/0/above"},
      {R"("name": "n", "provider": "p", "context_window": 0)", "/models/1/context_window"},
      {R"("name": "n", "provider": "p", "tier": 101)", "/models/1/tier"},
      {R"("name": "n", "provider": "p", "capabilities": ["fly"])", "/models/1/capabilities"},
      {R"("name": "n", "provider": "p", "aliases": [1])", "/models/1/aliases"},
      {R"("name": "n", "provider": "p", "max_output": 5)", "/models/1/limits_source"},
      {R"("name": "n", "provider": "p", "max_input": 5, "limits_source": "t")", "/models/1/limits_source"},
  };
  const std::string end = R"(, "source": "s", "as_of": "2026-01-01"})";
  for (const auto& one : kCases) {
    const auto parsed =
        Catalogue::parse(R"({"version": 1, "sources": {"s": "x"}, "models": [{"name": "m", "provider": "p")" + end +
                         ",{" + one.fields + end + "]}");
    ASSERT_FALSE(parsed.has_value()) << one.fields;
    EXPECT_EQ(parsed.error().place(), one.place) << parsed.error().message();
  }
  EXPECT_FALSE(Catalogue::parse("{").has_value());
  EXPECT_FALSE(Catalogue::parse(R"({"version": 2, "sources": {}, "models": []})").has_value());
  EXPECT_TRUE(Catalogue::parse(R"({"version": 1, "sources": {}, "models": []})").has_value());
  EXPECT_EQ(Catalogue::parse(R"({"version": 1, "models": []})").error().place(), "/sources");
  const auto unknown = Catalogue::parse(
      R"({"version": 1, "sources": {}, "models": [{"name": "m", "provider": "p", "source": "s", "as_of": "d"}]})");
  EXPECT_EQ(unknown.error().place(), "/models/0/source");
}

TEST(Overlay, ConfiguredValuesWinAndTheRestComesFromTheCatalogue) {
  ModelOverrides configured;
  configured.provider = "azure";
  configured.upstream_name = "gpt-4.1-2025-04-14";
  configured.prices.input = per_million("1");
  const Model model = overlay(built_in(), "big", configured);
  EXPECT_EQ(model.name, "big");
  EXPECT_EQ(model.provider, "azure");
  EXPECT_EQ(model.upstream_name, "gpt-4.1-2025-04-14");
  EXPECT_EQ(model.prices.input, per_million("1"));
  EXPECT_EQ(model.prices.output, per_million("8"));
  EXPECT_EQ(model.context_window, 1'047'576);
}

TEST(Completing, FillsOnlyPricesThatAgreeWithTheCatalogue) {
  const Prices known = built_in().find("claude-opus-5")->model.prices;
  Prices same{.input = per_million("5"), .output = per_million("25")};
  complete(same, known);
  EXPECT_EQ(same, known);
  Prices own{.input = per_million("4"), .output = per_million("25")};
  const Prices before = own;
  complete(own, known);
  EXPECT_EQ(own, before);
}

TEST(Overlay, NamesOfTheCatalogueKeepItsUpstreamNameAndSnapshotsTheirOwn) {
  EXPECT_EQ(overlay(built_in(), "claude-3-7-sonnet", {}).upstream_name, "claude-3-7-sonnet-latest");
  EXPECT_EQ(overlay(built_in(), "gpt-5-2025-08-07", {}).upstream_name, "gpt-5-2025-08-07");
  const Model unknown = overlay(built_in(), "house-model", {});
  EXPECT_EQ(unknown.upstream_name, "house-model");
  EXPECT_FALSE(unknown.prices.known());
}

}  // namespace
}  // namespace pointsman::route
