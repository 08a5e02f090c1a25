#include "config/certified.h"

#include <gmock/gmock.h>

#include "config/describe.h"
#include "config/policy.h"
#include "config/testing.h"

namespace pointsman::config {
namespace {

using testing::HasSubstr;

constexpr std::string_view kBase =
    "providers: {openai: {api_key: sk-0123456789abcdef0123}}\n"
    "models: {small: {provider: openai}, large: {provider: openai}}\n"
    "categories: {easy: {models: [small]}, hard: {models: [large], threshold: 0.7}}\n"
    "router: {fallback: [large], risk: {";

std::string with_risk(std::string_view risk) {
  return std::string(kBase) + std::string(risk) + "}}\n";
}

classify::Certificate proved() {
  classify::Certificate out;
  out.classifier = std::string(64, 'c');
  out.at_most = 0.02;
  out.confidence = 0.95;
  out.certified = true;
  out.categories = {{"easy", 0.625F}, {"hard", 0}};
  out.evidence = {
      .rows = 500, .kept = 400, .lost = 3, .bound = 0.016, .method = "held-out", .data = std::string(64, 'd')};
  return out;
}

FakeHost host_with(const classify::Certificate& certificate) {
  FakeHost host;
  host.files.files["cert.json"] = classify::write_certificate(certificate);
  return host;
}

TEST(CertifiedThresholds, ReplaceThoseOfTheCategories) {
  FakeHost host = host_with(proved());
  const auto config = host.load(with_risk("under_routing: 2%, certificate: cert.json"));
  ASSERT_TRUE(config) << host.problems(with_risk("under_routing: 2%, certificate: cert.json"));
  EXPECT_EQ(config->categories[0].threshold, 0.625F);
  EXPECT_EQ(config->categories[1].threshold, 0);
  EXPECT_TRUE(config->categories[1].certified);
  EXPECT_EQ(config->router.risk->confidence, 0.95);
  EXPECT_THAT(describe_yaml(*config), HasSubstr("under_routing: 2%"));
}

TEST(CertifiedThresholds, AreInThePolicyAndSurviveIt) {
  classify::Certificate none = proved();
  none.certified = false;
  none.next = "label more";
  for (auto& one : none.categories) one.threshold = classify::kNeverKeep;
  for (const classify::Certificate& certificate : {proved(), none}) {
    FakeHost host = host_with(certificate);
    const auto config = host.load(with_risk("under_routing: 2%, certificate: cert.json"));
    ASSERT_TRUE(config);
    const std::string document = policy_document(policy_of(*config));
    const auto policy = read_policy(document);
    ASSERT_TRUE(policy) << policy.error().message();
    EXPECT_TRUE(policy->categories[0].certified);
    EXPECT_EQ(policy->categories[0].threshold, certificate.categories[0].threshold);
    EXPECT_EQ(policy_document(*policy), document);
  }
}

TEST(CertifiedThresholds, APromiseStrongerThanStatedIsTaken) {
  FakeHost host = host_with(proved());
  EXPECT_EQ(host.problems(with_risk("under_routing: 5%, confidence: 90%, certificate: cert.json")), "");
  classify::Certificate any = proved();
  any.kind = classify::RiskKind::kAnyMistake;
  host = host_with(any);
  EXPECT_EQ(host.problems(with_risk("under_routing: 2%, certificate: cert.json")), "");
  EXPECT_EQ(host.problems(with_risk("any_mistake: 2%, certificate: cert.json")), "");
}

TEST(CertifiedThresholds, AWeakerPromiseIsRefusedWithItsPlaceAndTheCommand) {
  FakeHost host = host_with(proved());
  const std::string weaker = host.problems(with_risk("under_routing: 1%, certificate: cert.json"));
  EXPECT_THAT(weaker, HasSubstr("pointsman.yaml:4:"));
  EXPECT_THAT(weaker,
              HasSubstr("router.risk.certificate: promises less (at most 2 % under-routed, with 95 % confidence)"));
  EXPECT_THAT(weaker, HasSubstr("run `pointsman tune DATA.jsonl --model builtin --risk 1% --confidence 95% "
                                "--order easy,hard -o cert.json`"));
  EXPECT_THAT(host.problems(with_risk("under_routing: 2%, confidence: 99%, certificate: cert.json")),
              HasSubstr("than confidence: 99%"));
  EXPECT_THAT(host.problems(with_risk("any_mistake: 2%, certificate: cert.json")),
              HasSubstr("says nothing about any_mistake"));
}

TEST(CertifiedThresholds, OtherCategoriesOrAnotherOrderAreRefused) {
  classify::Certificate other = proved();
  other.categories[1].name = "harder";
  FakeHost host = host_with(other);
  EXPECT_THAT(host.problems(with_risk("under_routing: 2%, certificate: cert.json")),
              HasSubstr("is about other categories (\"easy, harder\")"));
  host = host_with(proved());
  EXPECT_THAT(host.problems(with_risk("under_routing: 2%, order: [hard, easy], certificate: cert.json")),
              HasSubstr("has another order of categories"));
  EXPECT_THAT(host.problems(with_risk("under_routing: 2%, order: [hard], certificate: cert.json")),
              HasSubstr("must list every category once"));
}

TEST(CertifiedThresholds, NonsensePromisesAreRefused) {
  FakeHost host = host_with(proved());
  EXPECT_THAT(host.problems(with_risk("certificate: cert.json")), HasSubstr("exactly one of under_routing"));
  EXPECT_THAT(host.problems(with_risk("under_routing: 2%, cost: 1%, certificate: cert.json")),
              HasSubstr("exactly one of under_routing"));
  EXPECT_THAT(host.problems(with_risk("under_routing: 0%, certificate: cert.json")), HasSubstr("above 0%"));
  EXPECT_THAT(host.problems(with_risk("under_routing: 2%, confidence: 100%, certificate: cert.json")),
              HasSubstr("confidence: must be above 0%"));
  EXPECT_THAT(host.problems(with_risk("under_routing: 2%")), HasSubstr("certificate"));
}

TEST(CertifiedThresholds, ABrokenCertificateIsRefusedWithBothPlaces) {
  FakeHost host;
  host.files.files["cert.json"] = "{\n \"format\": 1}";
  const std::string problems = host.problems(with_risk("under_routing: 2%, certificate: cert.json"));
  EXPECT_THAT(problems, HasSubstr("pointsman.yaml:4:"));
  EXPECT_THAT(problems, HasSubstr("2:12: expected a string"));
  host.files.files.clear();
  EXPECT_THAT(host.problems(with_risk("under_routing: 2%, certificate: cert.json")),
              HasSubstr("No such file or directory; run `pointsman tune"));
}

TEST(CertifiedThresholds, OfAClassifierWithItsEncoderNeedThatEncoder) {
  classify::Certificate assisted = proved();
  assisted.encoder = std::string(64, 'e');
  FakeHost host = host_with(assisted);
  const std::string alone = with_risk("under_routing: 2%, certificate: cert.json");
  EXPECT_THAT(host.problems(alone), HasSubstr("pointsman.yaml:4:"));
  EXPECT_THAT(host.problems(alone),
              HasSubstr("router.risk.certificate: is about the classifier with the sentence encoder eeeeeeeeeeee, and "
                        "router.encoder is not set; set it to the folder of that encoder, or prove the classifier "
                        "alone; run `pointsman tune DATA.jsonl --model builtin"));
  EXPECT_THAT(host.problems(alone), testing::Not(HasSubstr("--encoder")));
  host.files.files["mine.pm"] = "a classifier";
  const std::string both =
      with_risk("under_routing: 2%, certificate: cert.json}, classifier: mine.pm, encoder: {path: minilm");
  const auto config = host.load(both);
  ASSERT_TRUE(config) << host.problems(both);
  EXPECT_TRUE(check_certified_encoder(*config, std::string(64, 'e'), "router.encoder is"));
  const auto refused = check_certified_encoder(*config, std::string(64, 'f'), "router.encoder is");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("pointsman.yaml:4:"));
  EXPECT_THAT(refused.error().message(), HasSubstr("encoder eeeeeeeeeeee, but router.encoder is ffffffffffff; set"));
  EXPECT_THAT(refused.error().message(), HasSubstr("--order easy,hard -o cert.json`"));
  EXPECT_THAT(tune_command(*config), HasSubstr("--model mine.pm --risk 2% --confidence 95% --encoder minilm --order"));
}

TEST(CertifiedThresholds, AnotherClassifierIsRefusedWithThePlace) {
  FakeHost host = host_with(proved());
  const auto config = host.load(with_risk("under_routing: 2%, certificate: cert.json"));
  ASSERT_TRUE(config);
  EXPECT_TRUE(check_certificate(*config, std::string(64, 'c')));
  EXPECT_TRUE(check_certificate(*config, ""));  // none runs: nothing local is decided
  const auto refused = check_certificate(*config, std::string(64, 'b'));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("pointsman.yaml:4:"));
  EXPECT_THAT(refused.error().message(),
              HasSubstr("is about the classifier cccccccccccc, but router.classifier is bbbb"));
  EXPECT_THAT(refused.error().message(), HasSubstr("run `pointsman tune"));
}

}  // namespace
}  // namespace pointsman::config
