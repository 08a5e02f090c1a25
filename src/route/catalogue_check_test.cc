#include "route/catalogue_check.h"

#include <gtest/gtest.h>

namespace pointsman::route {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::sys_days;

constexpr sys_days kToday = 2026y / 8 / 20;

Catalogue catalogue() {
  auto parsed = Catalogue::parse(R"({"version": 1, "sources": {"list": "x", "unverified": "y"}, "models": [
    {"name": "fresh", "provider": "p", "input": "1", "output": "2", "source": "list", "as_of": "2026-08-01"},
    {"name": "old", "provider": "p", "input": "1", "output": "2", "source": "list", "as_of": "2026-05-21"},
    {"name": "guess", "provider": "p", "input": "1", "output": "2", "context_window": 9,
     "source": "unverified", "limits_source": "unverified", "as_of": "2026-08-01"},
    {"name": "bare", "provider": "p", "source": "list", "as_of": "yesterday"}]})");
  EXPECT_TRUE(parsed);
  return std::move(*parsed);
}

std::vector<CatalogueConcern> of(ConfiguredModel model, days max_age = kOldAfter) {
  std::vector<CatalogueConcern> out;
  for (const ModelConcern& one : concerns(catalogue(), {&model, 1}, kToday, max_age)) out.push_back(one.concern);
  return out;
}

using Concerns = std::vector<CatalogueConcern>;
using enum CatalogueConcern;

TEST(CatalogueCheck, HasNothingAgainstFreshFactsAndTheUsersOwn) {
  EXPECT_EQ(of({.name = "m", .upstream = "fresh"}), Concerns{});
  const Prices own{.input = base::TokenPrice{5}, .output = base::TokenPrice{5}};
  EXPECT_EQ(of({.name = "m", .upstream = "guess", .price = own, .has_limits = true}), Concerns{});
  EXPECT_EQ(of({.name = "m", .upstream = "unheard-of", .price = own}), Concerns{});
}

TEST(CatalogueCheck, NamesWhatIsUnknownUnverifiedOrOld) {
  EXPECT_EQ(of({.name = "m", .upstream = "unheard-of"}), Concerns{kUnpriced});
  EXPECT_EQ(of({.name = "m", .upstream = "bare"}), Concerns{kUnpriced});
  EXPECT_EQ(of({.name = "m", .upstream = "guess"}), (Concerns{kUnverifiedPrice, kUnverifiedLimits}));
  EXPECT_EQ(of({.name = "m", .upstream = "old"}), Concerns{kOld});
}

TEST(CatalogueCheck, IsOldFromTheDayAfterItMayBe) {
  EXPECT_EQ(of({.name = "m", .upstream = "old"}, days(91)), Concerns{});
  EXPECT_EQ(of({.name = "m", .upstream = "old"}, days(90)), Concerns{kOld});
}

TEST(CatalogueCheck, APriceWrittenDownThatIsTheCataloguesIsAsOldAsThat) {
  const Prices same{.input = base::TokenPrice{1'000'000}, .output = base::TokenPrice{2'000'000}};
  EXPECT_EQ(of({.name = "m", .upstream = "old", .price = same}), Concerns{kOld});
}

TEST(CatalogueCheck, KnowsTheAgeOfTheWhole) {
  const CatalogueAge age = age_of(catalogue(), kToday, kOldAfter);
  EXPECT_EQ(age.entries, 4U);
  EXPECT_EQ(age.old, 2U) << "an entry without a date counts as old";
  EXPECT_EQ(age.oldest, "2026-05-21");
}

TEST(CatalogueCheck, EveryEntryOfTheBuiltInOneHasADate) {
  const auto built_in = Catalogue::built_in();
  ASSERT_TRUE(built_in);
  for (const CatalogueEntry& entry : built_in->entries()) EXPECT_TRUE(age_of(entry, kToday)) << entry.model.name;
}

}  // namespace
}  // namespace pointsman::route
