#include "gateway/snapshot.h"

#include <gmock/gmock.h>

#include "gateway/generation.h"
#include "support/encoders.h"
#include "telemetry/registry.h"

namespace pointsman::gateway {
namespace {

using pointsman::testing::load_words;
using pointsman::testing::three_models;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

base::Result<SnapshotPtr> build(config::Config config, const SnapshotPtr& previous = nullptr) {
  return build_snapshot(std::move(config), load_words(), previous);
}

TEST(Snapshot, HoldsWhatRequestsNeed) {
  const auto built = build(three_models());
  ASSERT_TRUE(built.has_value()) << built.error().message();
  const Snapshot& snapshot = **built;
  EXPECT_THAT(snapshot.model_names(), ElementsAre("auto", "sim-small", "sim-large", "sim-tools"));
  const int large = snapshot.find_model("sim-large");
  ASSERT_GE(large, 0);
  EXPECT_EQ(snapshot.find_model("sim-huge"), -1);
  const int provider = snapshot.provider_of_model[static_cast<std::size_t>(large)];
  EXPECT_EQ(snapshot.providers[static_cast<std::size_t>(provider)].host, "127.0.0.1:3");
  EXPECT_THAT(snapshot.models_body, HasSubstr(R"("id":"auto")"));
  EXPECT_EQ(snapshot.classifier_version, "words-1");
}

TEST(Snapshot, SaysWhatCannotWork) {
  struct Case {
    const char* says;
    std::function<void(config::Config&)> spoil;
  };
  const Case cases[] = {
      {"names the unknown provider 'nobody'", [](config::Config& c) { c.models[1].provider = "nobody"; }},
      {"fallback names the model sim-larg", [](config::Config& c) { c.router.fallback = {"sim-larg"}; }},
      {"provider 'sim-small': api_key or headers",
       [](config::Config& c) { c.providers[0].api_key = base::Secret("a\nb"); }},
      {"unknown category", [](config::Config& c) { c.rules = {{"r", "nothing", {"x"}, {}}}; }},
      {"configured twice", [](config::Config& c) { c.models.push_back(c.models.front()); }},
      {"r", [](config::Config& c) { c.rules = {{"r", "simple", {}, {"("}}}; }},
  };
  for (const Case& one : cases) {
    config::Config config = three_models();
    one.spoil(config);
    const auto built = build(std::move(config));
    ASSERT_FALSE(built.has_value()) << one.says;
    EXPECT_THAT(built.error().message(), HasSubstr(one.says));
  }
  const auto unloaded = build_snapshot(
      three_models(),
      [](const std::string& name) -> base::Result<std::shared_ptr<const classify::Classifier>> {
        return base::fail(base::ErrorCode::kNotFound, "no artefact " + name);
      },
      nullptr);
  ASSERT_FALSE(unloaded.has_value());
  EXPECT_THAT(unloaded.error().message(), HasSubstr("no artefact builtin"));
}

TEST(Snapshot, AReloadKeepsTheTargetsOfProvidersThatStayTheSame) {
  const SnapshotPtr before = *build(three_models());
  const SnapshotPtr after = *build(three_models({1, 2, 9}), before);
  ASSERT_EQ(after->providers[0].name, "sim-small");
  EXPECT_EQ(after->providers[0].target, before->providers[0].target);
  ASSERT_EQ(after->providers[1].name, "sim-large");
  EXPECT_NE(after->providers[1].target, before->providers[1].target);
}

TEST(Snapshot, TheConfiguredAnswerLengthReachesTheRankingAndThePolicy) {
  config::Config config = three_models();
  config.router.expected_output_tokens = 77;
  const SnapshotPtr one = *build(config);
  EXPECT_EQ(one->market.typical_output(), 77);
  config.router.expected_output_tokens = 78;
  EXPECT_NE((*build(config))->policy_version, one->policy_version);
}

class HealthTest : public ::testing::Test {
 protected:
  std::unique_ptr<Generation> generation(config::Config config, const Generation* previous = nullptr) {
    return std::make_unique<Generation>(*build(std::move(config), previous ? previous->snapshot : nullptr), shard_, 1,
                                        previous, now_);
  }
  static bool healthy(Generation& in, const char* model, base::MonoTime at) {
    return in.health.view(at)[static_cast<std::size_t>(in.snapshot->find_model(model))] == route::Health::kHealthy;
  }
  static void fail(Generation& in, const char* model, int times, base::MonoTime at) {
    for (int i = 0; i < times; ++i) in.health.record(in.snapshot->find_model(model), limits::Blame::kFailure, at);
  }

  telemetry::Registry registry_;
  telemetry::Shard& shard_ = registry_.add_shard();
  base::MonoTime now_ = base::MonoTime{} + std::chrono::hours(1);
};

TEST_F(HealthTest, ASickModelStaysSickOverAReloadThatMovesItsIndex) {
  const auto before = generation(three_models());
  fail(*before, "sim-tools", 5, now_);
  config::Config fewer = three_models();
  std::erase_if(fewer.models, [](const auto& model) { return model.name == "sim-small"; });
  fewer.categories[0].models = {"sim-large"};
  const auto after = generation(fewer, before.get());
  EXPECT_NE(before->snapshot->find_model("sim-tools"), after->snapshot->find_model("sim-tools"));
  EXPECT_FALSE(healthy(*after, "sim-tools", now_));
  EXPECT_TRUE(healthy(*after, "sim-large", now_));
  // A request that began before the reload still teaches what it learns, at its own indices.
  fail(*before, "sim-large", 5, now_);
  EXPECT_FALSE(healthy(*after, "sim-large", now_));
}

TEST_F(HealthTest, AModelAtAnotherAddressOrWithOtherBreakerSettingsStartsAnew) {
  const auto before = generation(three_models());
  fail(*before, "sim-large", 5, now_);
  EXPECT_TRUE(healthy(*generation(three_models({1, 2, 9}), before.get()), "sim-large", now_));
  config::Config stricter = three_models();
  stricter.router.breaker.failures = 2;
  const auto after = generation(stricter, before.get());
  EXPECT_TRUE(healthy(*after, "sim-large", now_));
  fail(*after, "sim-large", 2, now_);
  EXPECT_FALSE(healthy(*after, "sim-large", now_));
}

TEST_F(HealthTest, AModelThatAsksForAPauseRestsUntilThen) {
  const auto one = generation(three_models());
  const int large = one->snapshot->find_model("sim-large");
  one->health.record(large, limits::Blame::kOverload, now_, std::chrono::seconds(3));
  EXPECT_FALSE(healthy(*one, "sim-large", now_ + std::chrono::milliseconds(2999)));
  EXPECT_TRUE(healthy(*one, "sim-large", now_ + std::chrono::seconds(3)));
  one->health.record(large, limits::Blame::kOverload, now_, std::chrono::hours(5));
  EXPECT_TRUE(healthy(*one, "sim-large", now_ + Health::kLongestRest)) << "no pause is longer";
  one->health.record(large, limits::Blame::kOverload, now_, std::chrono::seconds(3));
  one->health.record(large, limits::Blame::kSuccess, now_);
  EXPECT_TRUE(healthy(*one, "sim-large", now_)) << "it answered well meanwhile";
}

TEST_F(HealthTest, TheRetryBudgetSurvivesAReloadAndFollowsItsSetting) {
  const auto spend = [&](Health& health) {
    int retries = 0;
    while (health.may_retry(now_)) ++retries;
    return retries;
  };
  const auto before = generation(three_models());
  EXPECT_GT(spend(before->health), 0);
  const auto same = generation(three_models(), before.get());
  EXPECT_EQ(spend(same->health), 0);
  config::Config generous = three_models();
  generous.router.retries.budget = 1.0F;
  const auto after = generation(generous, same.get());
  const int idle = spend(after->health);
  for (int i = 0; i < 10; ++i) after->health.begin_request(now_);
  EXPECT_GT(idle, 0);
  EXPECT_EQ(spend(after->health), 10);
}

TEST(Snapshot, AsksNoEncoderUnderACertificateThatWasProvedWithout) {
  config::Config config = three_models();
  config.router.classifier = "asks-a";
  config.router.encoder = config::EncoderConfig{.path = "here"};
  config.router.risk.emplace().proved.classifier = "asks-a";
  const auto built =
      build_snapshot(std::move(config), pointsman::testing::load_asking(), nullptr,
                     [](const std::string&, encode::Precision) -> base::Result<std::shared_ptr<const encode::Encoder>> {
                       return std::make_shared<pointsman::testing::FakeEncoder>('a');
                     });
  ASSERT_TRUE(built.has_value()) << built.error().message();
  EXPECT_EQ((*built)->encoder, nullptr);
  EXPECT_THAT((*built)->encoder_note, HasSubstr("certificate was proved for the classifier alone"));
}

TEST(Snapshot, ACertificateThatNamesAnEncoderIsServedWithItOrNotAtAll) {
  const auto build_with = [](const std::string& classifier, char certified, std::optional<char> configured) {
    config::Config config = three_models();
    config.router.classifier = classifier;
    if (configured) config.router.encoder = config::EncoderConfig{.path = "here"};
    pointsman::testing::certify(config, certified);
    config.router.risk->proved.classifier = classifier;
    return build_snapshot(std::move(config), pointsman::testing::load_asking(), nullptr,
                          pointsman::testing::load_fakes(
                              {{"here", std::make_shared<pointsman::testing::FakeEncoder>(configured.value_or('a'))}}));
  };
  const auto good = build_with("asks-a", 'a', 'a');
  ASSERT_TRUE(good.has_value()) << good.error().message();
  EXPECT_NE((*good)->encoder, nullptr);
  EXPECT_TRUE((*good)->counts_on_encoder());
  EXPECT_EQ((*good)->encoder_note, "");
  const auto refusal = [&](const std::string& classifier, char certified, std::optional<char> configured) {
    const auto built = build_with(classifier, certified, configured);
    return built ? "accepted" : built.error().message();
  };
  const std::string other = refusal("asks-a", 'a', 'b');
  EXPECT_THAT(other,
              HasSubstr("pointsman.yaml:9:20: router.risk.certificate: is about the classifier with the "
                        "sentence encoder aaaaaaaaaaaa, but router.encoder is bbbbbbbbbbbb; set router.encoder"));
  EXPECT_THAT(other, HasSubstr("or run `pointsman tune DATA.jsonl --model asks-a"));
  EXPECT_THAT(other, HasSubstr(" --encoder here "));
  EXPECT_THAT(refusal("asks-a", 'a', std::nullopt), HasSubstr("but router.encoder is none"));
  EXPECT_THAT(refusal("asks-a", 'b', 'b'), HasSubstr("but the classifier asks aaaaaaaaaaaa"));
  const auto none = build_with("none", 'a', std::nullopt);
  EXPECT_TRUE(none.has_value()) << "nothing is decided by a classifier";
}

TEST(Snapshot, LoadsAnEncoderOnlyForAClassifierThatNamesOneAndNotesWhatIsMissing) {
  int loaded = 0;
  const auto build_with = [&](const std::string& classifier, std::optional<config::EncoderConfig> encoder) {
    config::Config config = three_models();
    config.router.classifier = classifier;
    config.router.encoder = std::move(encoder);
    return build_snapshot(std::move(config), pointsman::testing::load_asking(), nullptr,
                          [&](const std::string& path,
                              encode::Precision precision) -> base::Result<std::shared_ptr<const encode::Encoder>> {
                            ++loaded;
                            EXPECT_EQ(precision, encode::Precision::kBf16);
                            if (path == "nowhere") return base::fail(base::ErrorCode::kNotFound, "no such folder");
                            return std::make_shared<pointsman::testing::FakeEncoder>('a');
                          });
  };
  const config::EncoderConfig here{.path = "here", .precision = encode::Precision::kBf16};
  const auto good = build_with("asks-a", here);
  ASSERT_TRUE(good.has_value());
  EXPECT_NE((*good)->encoder, nullptr);
  EXPECT_EQ((*good)->encoder_note, "");
  EXPECT_EQ(loaded, 1);
  EXPECT_THAT((*build_with("builtin", here))->encoder_note, HasSubstr("asks for no encoder"));
  EXPECT_THAT((*build_with("asks-a", std::nullopt))->encoder_note,
              HasSubstr("wants the sentence encoder aaaaaaaaaaaa where it is unsure, and decides alone: set "
                        "router.encoder"));
  EXPECT_EQ((*build_with("builtin", std::nullopt))->encoder_note, "");
  EXPECT_EQ(loaded, 1);
  const auto other = build_with("asks-b", here);
  ASSERT_TRUE(other.has_value());
  EXPECT_EQ((*other)->encoder, nullptr);
  EXPECT_THAT((*other)->encoder_note, HasSubstr("router.encoder is aaaaaaaaaaaa"));
  const auto missing = build_with("asks-a", config::EncoderConfig{.path = "nowhere", .precision = here.precision});
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().message(), "router.encoder: no such folder");
}

}  // namespace
}  // namespace pointsman::gateway
