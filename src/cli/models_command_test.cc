// `models` over a registry on disk.
#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "ledger_sqlite/classifier_registry.h"
#include "support/classifier_values.h"
#include "support/command_line.h"

namespace pointsman::cli {
namespace {

namespace json = boost::json;
using ledger::Role;
using test::Ran;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ModelsCommand : public testing::Test {
 protected:
  void fill() {
    auto registry = ledger_sqlite::open_classifier_registry(ledger_);
    ASSERT_TRUE(registry);
    auto one = test::classifier_version("one", 1);
    one.card = R"({"examples": 1234, "out_of_fold": {"accuracy": 0.934, "ece": 0.021}})";
    one.certificate = "{}";
    auto two = test::classifier_version("two", 2);
    two.parent = one.version;
    two.card = "no JSON";
    one_ = one.version;
    two_ = two.version;
    ASSERT_TRUE((*registry)->add(one, "one", test::registry_event("registered", one_)));
    ASSERT_TRUE((*registry)->add(two, "two", test::registry_event("registered", two_)));
    ASSERT_TRUE((*registry)->assign(test::in_role(Role::kChampion, one_), "", test::registry_event("promoted", one_)));
    auto refusal = test::registry_event("refused", two_);
    refusal.reason = "worse on \x1b[31m refunds";
    refusal.detail = R"({"rows": 3})";
    ASSERT_TRUE((*registry)->note(refusal));
    ASSERT_TRUE(
        (*registry)->assign(test::in_role(Role::kCanary, two_, 0.05), "", test::registry_event("canary", two_)));
  }
  Ran models(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"models", "--ledger", ledger_});
    return line_.run(std::move(more));
  }

  test::TemporaryDirectory directory_;
  std::string ledger_ = directory_.file("ledger");
  std::string one_;
  std::string two_;
  test::CommandLine line_;
};

TEST_F(ModelsCommand, ListsVersionsWithTheirRolesFiguresAndWhatHappened) {
  fill();
  const Ran ran = models();
  ASSERT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr(one_.substr(0, 12)), HasSubstr("champion"), HasSubstr("canary 5.0 %"),
                             HasSubstr("1234"), HasSubstr("93.4 %"), HasSubstr("0.021"), HasSubstr("certificate")));
  EXPECT_LT(ran.out.find(one_.substr(0, 12)), ran.out.find(two_.substr(0, 12)));
  EXPECT_THAT(ran.out, AllOf(HasSubstr("refused"), HasSubstr("worse on"), Not(HasSubstr("\x1b"))));
  EXPECT_LT(ran.out.find("canary", ran.out.find("what happened")), ran.out.find("refused"));
}

TEST_F(ModelsCommand, AsJsonHasWholeCardsAndEvents) {
  fill();
  const json::value all = json::parse(models({"--json"}).out);
  ASSERT_EQ(all.at("versions").as_array().size(), 2U);
  const json::value& one = all.at("versions").at(0);
  EXPECT_EQ(one.at("version").as_string(), one_);
  EXPECT_EQ(one.at("roles").at(0).at("role").as_string(), "champion");
  EXPECT_EQ(one.at("card").at("examples").as_int64(), 1234);
  EXPECT_TRUE(one.at("pairing").is_null());
  EXPECT_EQ(all.at("versions").at(1).at("parent").as_string(), one_);
  EXPECT_TRUE(all.at("versions").at(1).at("card").is_null()) << "what is no JSON is not passed on as such";
  ASSERT_EQ(all.at("events").as_array().size(), 5U);
  EXPECT_EQ(all.at("events").at(1).at("detail").at("rows").as_int64(), 3);
  EXPECT_EQ(json::parse(models({"--json", "--events", "1"}).out).at("events").as_array().size(), 1U);
}

TEST_F(ModelsCommand, OneVersionIsNamedByItsBeginning) {
  fill();
  const Ran ran = models({two_.substr(0, 6)});
  ASSERT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr(two_), Not(HasSubstr("champion")), Not(HasSubstr("promoted"))));
  EXPECT_EQ(models({"00000000"}).code, kFailed);
  EXPECT_EQ(models({"zz"}).code, kFailed);
}

TEST_F(ModelsCommand, WhereNothingWasRegisteredItSaysSoAndMakesNothing) {
  const Ran ran = models();
  EXPECT_EQ(ran.code, kOk);
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(ran.err, HasSubstr("no classifier has been registered"));
  EXPECT_EQ(json::parse(models({"--json"}).out).at("versions").as_array().size(), 0U);
  EXPECT_EQ(models({"abcdef"}).code, kFailed);
  EXPECT_FALSE(std::filesystem::exists(ledger_));
}

TEST_F(ModelsCommand, SaysWhenTheConfigurationsClassifierDecides) {
  auto registry = ledger_sqlite::open_classifier_registry(ledger_);
  ASSERT_TRUE((*registry)->add(test::classifier_version("one"), "one", test::registry_event("registered")));
  EXPECT_THAT(models().out, HasSubstr("none of them decides"));
}

}  // namespace
}  // namespace pointsman::cli
