// GET /classifiers, promotion, the way back, and training.
#include "admin/classifiers.h"

#include "classify/linear_model.h"
#include "learn/train.h"
#include "support/classifier_values.h"
#include "support/setup_test.h"

namespace pointsman::admin {
namespace {

using ledger::Role;
using ::testing::HasSubstr;

class ClassifiersTest : public test::SetupTest {
 protected:
  ledger::ClassifierRegistry& registry() { return **office_.books().registry(); }
  std::string add(const std::string& artefact, int minute) {
    auto one = test::classifier_version(artefact, minute);
    one.card = R"({"examples": 1234, "out_of_fold": {"accuracy": 0.934, "ece": 0.021}})";
    EXPECT_TRUE(registry().add(one, artefact, test::registry_event("registered", one.version)));
    return one.version;
  }
  // One that can be opened; its version is that of its content.
  std::string add_trained() {
    learn::Dataset data;
    for (int i = 0; i < 8; ++i) {
      const std::string number = std::to_string(i);
      data.examples.push_back({.text = "small talk about weather " + number, .category = "simple"});
      data.examples.push_back({.text = "prove the theorem " + number, .category = "reasoning"});
      data.examples.push_back({.text = "call the function " + number, .category = "tool_use"});
    }
    learn::TrainOptions options;
    options.folds = 2;
    options.threads = 1;
    options.l2 = {1};
    options.effort = learn::Effort::kFast;
    auto trained = learn::train(data, options);
    EXPECT_TRUE(trained) << trained.error().message();
    auto model = classify::LinearModel::from_string(trained->artefact);
    EXPECT_TRUE(model);
    auto one = test::classifier_version("", 3);
    one.version = (*model)->version();
    one.bytes = trained->artefact.size();
    EXPECT_TRUE(registry().add(one, trained->artefact, test::registry_event("registered", one.version)));
    office_.world.classifier_ = *model;
    return one.version;
  }
  void give(Role role, const std::string& version, const std::string& before, const char* kind) {
    auto event = test::registry_event(kind, version);
    event.before = before;
    ASSERT_TRUE(registry().assign(test::in_role(role, version), before, event));
  }
  std::string holder(Role role) {
    const auto all = registry().assignments();
    const auto at = std::ranges::find(*all, role, &ledger::Assignment::role);
    return at == all->end() ? "" : at->version;
  }
};

TEST_F(ClassifiersTest, AreThereWithRolesFiguresEventsAndWhatGoesOn) {
  const std::string one = add("one", 1);
  give(Role::kChampion, one, "", "promoted");
  office_.world.training_ = {.running = true, .stage = "training", .share = 0, .started = now(), .last_error = "x"};
  TrialState trial{.version = one, .share = 0.1, .verdict = {}, .champion = {}, .canary = {}};
  trial.canary = {.conversations = 7, .bad = 2, .priced = 6, .money = 0.5};
  office_.world.trial_ = trial;
  const auto body = read("/classifiers");
  const auto& version = body.at("versions").at(0);
  EXPECT_EQ(text(version.at("version")), one);
  EXPECT_EQ(text(version.at("roles").at(0).at("role")), "champion");
  EXPECT_EQ(version.at("examples").as_int64(), 1234);
  EXPECT_DOUBLE_EQ(version.at("accuracy").to_number<double>(), 0.934);
  EXPECT_EQ(version.at("card").at("examples").as_int64(), 1234);
  EXPECT_FALSE(version.at("certificate").as_bool());
  EXPECT_EQ(text(body.at("events").at(0).at("kind")), "promoted") << "newest first";
  EXPECT_EQ(text(body.at("training").at("stage")), "training");
  EXPECT_EQ(body.at("training").at("min_new_labels").as_int64(), 200);
  EXPECT_EQ(body.at("canary").at("canary").at("bad").as_int64(), 2);
  EXPECT_EQ(text(body.at("canary").at("decision")), "continue");
  EXPECT_TRUE(body.at("shadow").is_null());
}

TEST_F(ClassifiersTest, RollingBackLetsTheOneBeforeServeAndSaysWho) {
  const std::string one = add("one", 1);
  const std::string two = add("two", 2);
  give(Role::kChampion, one, "", "promoted");
  give(Role::kChampion, two, one, "promoted");
  body_of(post("/classifiers/rollback", ""));
  EXPECT_EQ(holder(Role::kChampion), one);
  const auto event = registry().events(1)->front();
  EXPECT_EQ(event.kind, "rolled_back");
  EXPECT_EQ(event.who, "admin");
  const auto audit = read("/audit?kind=classifier.rolled_back").at("items");
  ASSERT_EQ(audit.as_array().size(), 1U);
  EXPECT_EQ(text(audit.at(0).at("from")), "127.0.0.1");
  body_of(post("/classifiers/rollback", ""));
  EXPECT_EQ(holder(Role::kChampion), two) << "the one before that";
}

TEST_F(ClassifiersTest, WhereNothingServedBeforeThereIsNoWayBack) {
  EXPECT_EQ(code_of(post("/classifiers/rollback", "")), "nothing_before");
}

TEST_F(ClassifiersTest, ACanaryIsWithdrawnOnce) {
  const std::string one = add("one", 1);
  give(Role::kCanary, one, "", "canary");
  body_of(post("/classifiers/withdraw", R"({"role":"canary"})"));
  EXPECT_EQ(holder(Role::kCanary), "");
  EXPECT_EQ(registry().events(1)->front().kind, "retired");
  EXPECT_EQ(post("/classifiers/withdraw", R"({"role":"canary"})").status, 409);
  EXPECT_EQ(param_of(post("/classifiers/withdraw", R"({"role":"champion"})")), "role");
}

TEST_F(ClassifiersTest, AShadowNeedsNoGate) {
  const std::string version = add_trained();
  const auto answer = body_of(post("/classifiers/" + version.substr(0, 8) + "/promote", R"({"as":"shadow"})"));
  EXPECT_TRUE(answer.at("promoted").as_bool());
  EXPECT_EQ(holder(Role::kShadow), version);
  EXPECT_EQ(registry().events(1)->front().who, "admin");
}

TEST_F(ClassifiersTest, WhatTheGateRefusesIsA409WithItsTableAndForceTakesAReason) {
  const std::string version = add_trained();
  const std::string path = "/classifiers/" + version + "/promote";
  const auto looked = body_of(post(path, R"({"as":"champion","dry_run":true})"));
  EXPECT_FALSE(looked.at("promoted").as_bool());
  EXPECT_FALSE(looked.at("gate").at("promotes").as_bool());
  EXPECT_EQ(registry().events(1)->front().kind, "registered") << "only looked at";

  const auto refused = body_of(post(path, R"({"as":"champion"})"), 409);
  EXPECT_EQ(text(refused.at("error").at("code")), "gate");
  EXPECT_EQ(text(refused.at("gate").at("verdict")), "too little data");
  EXPECT_FALSE(refused.at("gate").at("checks").as_array().empty());
  EXPECT_EQ(registry().events(1)->front().kind, "refused");
  EXPECT_EQ(holder(Role::kChampion), "");

  const auto forced = body_of(post(path, R"({"as":"canary","share":0.25,"force":"we try it"})"));
  EXPECT_TRUE(forced.at("promoted").as_bool());
  EXPECT_EQ(holder(Role::kCanary), version);
  EXPECT_DOUBLE_EQ(registry().assignments()->front().share, 0.25);
  EXPECT_EQ(registry().events(1)->front().reason, "we try it");
}

TEST_F(ClassifiersTest, PromotionsThatMakeNoSenseAreRefused) {
  const std::string one = add("one", 1);
  EXPECT_EQ(post("/classifiers/ffffffff/promote", R"({"as":"shadow"})").status, 404);
  EXPECT_EQ(param_of(post("/classifiers/" + one + "/promote", R"({"as":"king"})")), "as");
  EXPECT_EQ(post("/classifiers/" + one + "/promote", R"({"as":"canary","share":1})").status, 400);
  EXPECT_EQ(post("/classifiers/" + one + "/promote", R"({"as":"shadow"})", config::AdminRole::kLabeller).status, 403);
}

TEST_F(ClassifiersTest, TrainingIsStartedOnceAndNoted) {
  body_of(post("/training", ""));
  EXPECT_EQ(office_.world.trained_, 1);
  ASSERT_EQ(noted().size(), 1U);
  EXPECT_EQ(noted().front().kind, "training");
  office_.world.train_ = base::fail(base::ErrorCode::kOverloaded, "training runs already");
  EXPECT_EQ(post("/training", "").status, 409);
  office_.world.train_ = base::fail(base::ErrorCode::kUnsupported, "there is no configuration file");
  EXPECT_EQ(code_of(post("/training", "")), "no_configuration_file");
  EXPECT_EQ(noted().size(), 1U) << "what did not happen is not noted";
}

}  // namespace
}  // namespace pointsman::admin
