#include "cli/what_if.h"

#include <gmock/gmock.h>

#include "cli/threshold_option.h"
#include "config/policy.h"

namespace pointsman::cli {
namespace {

using std::chrono::minutes;
using testing::HasSubstr;

constexpr learn::CallTime kNow{std::chrono::hours(24 * 365)};

route::Model model(const char* name, std::int64_t cents) {
  const auto price = base::TokenPrice::per_million({cents * 10'000'000});
  return {.name = name,
          .provider = "p",
          .upstream_name = name,
          .prices = {.input = price, .cached_input = base::TokenPrice{price.picos / 10}, .output = price}};
}

config::Policy policy() {
  return {.router = "auto",
          .stages = {config::RouterStage::kHeader, config::RouterStage::kRules, config::RouterStage::kLocal},
          .categories = {{"chat", "", 0.6F, {"small"}}, {"sums", "", 0.6F, {"middle"}}},
          .rules = {{"numbers", "sums", {"add"}, {}}},
          .fallback = {"large"},
          .models = {model("small", 100), model("middle", 400), model("large", 1000)},
          .expected_output_tokens = 500};
}

// Sees sums in every text.
class AllSums final : public classify::Classifier {
 public:
  const std::vector<std::string>& categories() const override { return names_; }
  const std::string& version() const override { return version_; }
  std::unique_ptr<classify::Scratch> make_scratch() const override { return std::make_unique<classify::Scratch>(); }
  base::Result<void> classify(const classify::Input& input, classify::Scratch&,
                              std::span<float> probabilities) const override {
    if (input.text == "broken") return base::fail(base::ErrorCode::kCorrupt, "broken");
    probabilities[0] = 0.8F;
    probabilities[1] = 0.2F;
    return {};
  }

 private:
  std::vector<std::string> names_{"sums", "chat"};
  std::string version_ = "all-sums";
};

class WhatIfTest : public testing::Test {
 protected:
  // 1000 tokens in, 1000 out; decided for chat with that probability.
  ledger::Entry entry(float probability, std::uint64_t conversation = 0) {
    ledger::Entry out;
    out.id = ids_.next(kNow - minutes(600) + minutes(entries_));
    out.started = std::chrono::floor<std::chrono::microseconds>(out.id.time());
    ++entries_;
    out.requested_model = "auto";
    out.conversation = conversation;
    out.input_tokens_estimate = 1000;
    out.probabilities = {probability, 1 - probability};
    out.probability = probability;
    out.category = "chat";
    out.threshold = 0.6F;
    const bool sure = probability >= 0.6F;
    out.stage = sure ? "local" : "fallback";
    out.reason = sure ? "at_or_above_threshold" : "below_threshold";
    out.candidates = sure ? std::vector<std::string>{"small", "large"} : std::vector<std::string>{"large"};
    out.model = out.candidates.front();
    out.usage = {.input_tokens = 1000, .output_tokens = 1000};
    out.cost = base::Money{sure ? 2'000'000 : 20'000'000};
    out.policy_version = "v";
    out.classifier_version = "champion";
    return out;
  }

  WhatIfReport run(const std::vector<ledger::Entry>& entries, WhatIfChange change) {
    WhatIf what_if(std::move(change), [this](std::string_view version) {
      return version == "v" ? std::optional(document_) : std::nullopt;
    });
    for (const ledger::Entry& one : entries) what_if.add(one);
    return what_if.finish(kNow);
  }
  static std::size_t left_out(const WhatIfReport& report, NotReplayed why) {
    return report.not_replayed[static_cast<std::size_t>(why)];
  }

  std::string document_ = config::policy_document(policy());
  base::UuidGenerator ids_{3};
  int entries_ = 0;
};

TEST_F(WhatIfTest, WithoutAChangeGivesWhatHappened) {
  const auto report = run({entry(0.9F), entry(0.5F)}, {});
  EXPECT_EQ(report.replayed, 2U);
  EXPECT_EQ(report.other_category, 0U);
  EXPECT_EQ(report.other_model, 0U);
  EXPECT_EQ(report.happened.money, base::Money{22'000'000});
  EXPECT_EQ(report.other.money, report.happened.money);
  EXPECT_EQ(report.happened.in_doubt, 1U);
}

TEST_F(WhatIfTest, AHigherThresholdSendsMoreToTheFallbackAndErrsLess) {
  const auto report = run({entry(0.95F), entry(0.7F), entry(0.5F)}, {.threshold = 0.9F});
  EXPECT_EQ(report.other_category, 1U);
  EXPECT_EQ(report.other_model, 1U);
  EXPECT_EQ(report.other.in_doubt, 2U);
  EXPECT_EQ(report.other.models.at("large"), 2U);
  EXPECT_EQ(report.happened.money, base::Money{24'000'000});
  EXPECT_EQ(report.other.money, base::Money{42'000'000});
  EXPECT_NEAR(report.happened.mistakes.mean(), 0.35, 1e-6);
  EXPECT_NEAR(report.other.mistakes.mean(), 0.05, 1e-6);
}

TEST_F(WhatIfTest, ALowerThresholdRoutesWhatWasInDoubt) {
  const auto report = run({entry(0.55F)}, {.thresholds = {{"chat", 0.5F}}});
  EXPECT_EQ(report.other.categories.at("chat"), 1U);
  EXPECT_EQ(report.other.money, base::Money{2'000'000});
  EXPECT_TRUE(report.unknown_categories.empty());
}

TEST_F(WhatIfTest, SaysWhichCategoryNobodyKnows) {
  const auto report = run({entry(0.9F)}, {.thresholds = {{"chta", 0.5F}}});
  EXPECT_THAT(report.unknown_categories, testing::ElementsAre("chta"));
}

TEST_F(WhatIfTest, AnotherClassifierNeedsTexts) {
  ledger::Entry kept = entry(0.9F);
  kept.text = "what is 3 and 4";
  const auto report = run({kept, entry(0.9F)}, {.classifier = std::make_shared<AllSums>()});
  EXPECT_EQ(report.replayed, 1U);
  EXPECT_EQ(left_out(report, NotReplayed::kNoText), 1U);
  EXPECT_EQ(report.other.categories.at("sums"), 1U);
  EXPECT_EQ(report.other.money, base::Money{8'000'000});
  EXPECT_NEAR(report.other.mistakes.mean(), 0.2, 1e-6);
  // The champion gave sums 0.1, the other one chat 0.2.
  EXPECT_NEAR(report.other.second_opinion.mean(), 0.9, 1e-6);
  EXPECT_NEAR(report.happened.second_opinion.mean(), 0.8, 1e-6);
}

TEST_F(WhatIfTest, FeaturesStandInForTexts) {
  ledger::Entry kept = entry(0.9F);
  kept.features = {{.hash = 1, .count = 1}};
  const auto report = run({kept}, {.classifier = std::make_shared<AllSums>(), .reads_text = true});
  EXPECT_EQ(report.replayed, 1U);
  EXPECT_EQ(report.without_text, 1U);
  EXPECT_EQ(run({kept}, {.classifier = std::make_shared<AllSums>()}).without_text, 0U);
}

TEST_F(WhatIfTest, WhatARuleDecidedNeedsNoText) {
  ledger::Entry ruled = entry(0.9F);
  ruled.stage = "rule";
  ruled.reason = "rule:numbers";
  ruled.rule_hits = {"numbers"};
  ruled.category = "sums";
  ruled.probability.reset();
  ruled.candidates = {"middle", "large"};
  ruled.model = "middle";
  ruled.cost = base::Money{8'000'000};
  const auto report = run({ruled}, {.classifier = std::make_shared<AllSums>()});
  EXPECT_EQ(report.replayed, 1U);
  EXPECT_EQ(report.other_model, 0U);
  EXPECT_EQ(report.other.mistakes.decisions(), 0U);
}

TEST_F(WhatIfTest, TheSameClassifierIsNotRunAgain) {
  ledger::Entry mine = entry(0.9F);
  mine.classifier_version = "all-sums";
  const auto report = run({mine}, {.classifier = std::make_shared<AllSums>()});
  EXPECT_EQ(report.replayed, 1U);
  EXPECT_EQ(report.other_category, 0U);
}

TEST_F(WhatIfTest, CountsWhatCannotBeDecidedAgain) {
  ledger::Entry named = entry(0.9F);
  named.stage = "passthrough";
  ledger::Entry nobody = entry(0.9F);
  nobody.candidates.clear();
  ledger::Entry forgotten = entry(0.9F);
  forgotten.policy_version = "gone";
  ledger::Entry broken = entry(0.9F);
  broken.text = "broken";
  const auto report = run({named, nobody, forgotten, broken}, {.classifier = std::make_shared<AllSums>()});
  EXPECT_EQ(report.replayed, 0U);
  EXPECT_EQ(report.skipped(), 4U);
  for (const NotReplayed why :
       {NotReplayed::kNamedByClient, NotReplayed::kNobody, NotReplayed::kNoPolicy, NotReplayed::kFailed}) {
    EXPECT_EQ(left_out(report, why), 1U) << describe(why);
  }
}

TEST_F(WhatIfTest, UnknownCostsStayUnknown) {
  ledger::Entry cut = entry(0.7F);
  cut.usage = {};
  cut.cost.reset();
  const auto report = run({cut, entry(0.7F)}, {.threshold = 0.9F});
  EXPECT_EQ(report.happened.unknown, 1U);
  EXPECT_EQ(report.other.unknown, 1U);
  EXPECT_EQ(report.priced, 1U);
  EXPECT_EQ(report.other.money, base::Money{20'000'000});
  EXPECT_EQ(report.conversations.unknown, 1U);
}

TEST_F(WhatIfTest, AnUnpricedModelHasNoCost) {
  config::Policy unpriced = policy();
  unpriced.models.back().prices = {};
  document_ = config::policy_document(unpriced);
  const auto report = run({entry(0.7F)}, {.threshold = 0.9F});
  EXPECT_EQ(report.other.unknown, 1U);
  EXPECT_EQ(report.priced, 0U);
}

TEST_F(WhatIfTest, AnotherModelHasNoCacheOfTheConversation) {
  ledger::Entry first = entry(0.7F, 9);
  ledger::Entry second = entry(0.7F, 9);
  second.usage.cached_input_tokens = 900;
  second.cost = base::Money{1'190'000};
  // All in all to the large model: the second prompt is in its cache, as it was in the small one's.
  const auto all = run({first, second}, {.threshold = 0.9F});
  EXPECT_EQ(all.cache_lost, 0U);
  EXPECT_EQ(all.other.money, base::Money{20'000'000 + 11'900'000});
  // Only the second: its cache was the small model's.
  first.probabilities = {0.95F, 0.05F};
  first.probability = 0.95F;
  const auto one = run({first, second}, {.threshold = 0.9F});
  EXPECT_EQ(one.cache_lost, 1U);
  EXPECT_EQ(one.other.money, base::Money{2'000'000 + 20'000'000});
}

TEST_F(WhatIfTest, AnUnchangedCallMayLoseItsCacheToo) {
  ledger::Entry first = entry(0.7F, 9);
  ledger::Entry second = entry(0.95F, 9);
  second.usage.cached_input_tokens = 900;
  second.cost = base::Money{1'190'000};
  const auto report = run({first, second}, {.threshold = 0.9F});
  EXPECT_EQ(report.cache_lost, 1U);
  EXPECT_EQ(report.other.money, base::Money{20'000'000 + 2'000'000});
}

TEST_F(WhatIfTest, PaysTheSmallModelOnlyWhereItWouldBeAsked) {
  ledger::Entry asked = entry(0.55F);
  asked.consultation.outcome = "late";
  asked.consultation.model = "tiny";
  asked.consultation.cost = base::Money{500'000};
  asked.reason = "llm_late";
  const auto report = run({asked}, {.threshold = 0.5F});
  EXPECT_EQ(report.happened.money, base::Money{20'500'000});
  EXPECT_EQ(report.other.money, base::Money{2'000'000});
}

TEST_F(WhatIfTest, CountsWhatTheSmallModelWasNeverAsked) {
  ledger::Entry sure = entry(0.7F);
  sure.consultation.outcome = "not_needed";
  EXPECT_EQ(run({sure}, {.threshold = 0.9F}).not_asked, 1U);
}

TEST_F(WhatIfTest, ComparesWholeConversations) {
  std::vector<ledger::Entry> entries;
  for (std::uint64_t i = 1; i <= 20; ++i) {
    entries.push_back(entry(0.7F, i));
    entries.push_back(entry(0.95F, i));
  }
  const auto report = run(entries, {.threshold = 0.9F});
  EXPECT_EQ(report.conversations.finished, 20U);
  EXPECT_NEAR(report.conversations.cost.value, 0.004, 1e-9);
  EXPECT_NEAR(report.conversations.difference.value, 0.018, 1e-9);
  ASSERT_EQ(report.versions.size(), 1U);
  EXPECT_EQ(report.versions.front().first, "champion");
}

TEST_F(WhatIfTest, LeavesOutConversationsThatHadBegunBefore) {
  WhatIf what_if({}, [this](std::string_view) { return std::optional(document_); });
  what_if.add_earlier(entry(0.9F, 5));
  what_if.add(entry(0.9F, 5));
  what_if.add(entry(0.9F, 6));
  const auto report = what_if.finish(kNow);
  EXPECT_EQ(report.entries, 2U);
  EXPECT_EQ(report.conversations.finished, 1U);
}

TEST(ThresholdOption, ReadsOneForAllAndSomeByName) {
  const auto out = read_thresholds({"0.8", "chat=90%", "a=b=0.5"});
  ASSERT_TRUE(out);
  EXPECT_EQ(out->every, 0.8F);
  EXPECT_EQ(out->some, (std::vector<std::pair<std::string, float>>{{"chat", 0.9F}, {"a=b", 0.5F}}));
  EXPECT_FALSE(read_thresholds({})->given());
}

TEST(ThresholdOption, RefusesWhatIsNone) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"much"}, {"1.5"}, {"=0.5"}, {"chat="}, {"0.5", "0.6"}, {"chat=0.5", "chat=0.6"}}) {
    const auto out = read_thresholds(words);
    ASSERT_FALSE(out) << words.front();
    EXPECT_THAT(out.error().message(), HasSubstr("--thresholds"));
  }
}

}  // namespace
}  // namespace pointsman::cli
