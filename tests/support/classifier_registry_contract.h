// What every driver of ledger::ClassifierRegistry must do, as tests that a driver's own test program instantiates.
//
// For tests; one thread. A driver is a default-constructible type with
// `std::unique_ptr<ledger::ClassifierRegistry> open()`: each call gives another connection to the same, at first empty,
// registry.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/classifier_values.h"
#include "support/contract.h"

namespace pointsman::test {

template <class Driver>
class ClassifierRegistryContract : public Contract<Driver> {
 protected:
  std::string added(ledger::ClassifierRegistry& registry, std::string_view artefact, int minute = 0) {
    const ledger::ClassifierVersion version = classifier_version(artefact, minute);
    const auto done = registry.add(version, artefact, registry_event("registered", version.version));
    EXPECT_TRUE(done.has_value() && *done) << (done ? "" : done.error().message());
    return version.version;
  }
};

TYPED_TEST_SUITE_P(ClassifierRegistryContract);

TYPED_TEST_P(ClassifierRegistryContract, GivesBackWhatWasAdded) {
  auto registry = this->driver_.open();
  const std::string artefact("bytes \0 and more", 16);
  ledger::ClassifierVersion version = classifier_version(artefact);
  version.parent = "the one before";
  version.card = R"({"labels": 3})";
  version.certificate = "certificate";
  version.pairing = "pairing";
  ASSERT_TRUE(registry->add(version, artefact, registry_event("registered", version.version)).value());
  auto other = this->driver_.open();
  const auto found = other->find(version.version);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->version, version.version);
  EXPECT_EQ(found->parent, version.parent);
  EXPECT_EQ(found->origin, version.origin);
  EXPECT_EQ(found->made, version.made);
  EXPECT_EQ(found->card, version.card);
  EXPECT_EQ(found->certificate, version.certificate);
  EXPECT_EQ(found->pairing, version.pairing);
  EXPECT_EQ(found->bytes, artefact.size());
  EXPECT_EQ(other->artefact(version.version).value(), artefact);
  const auto events = other->events(10);
  ASSERT_TRUE(events.has_value());
  ASSERT_EQ(events->size(), 1U);
  EXPECT_EQ((*events)[0].kind, "registered");
  EXPECT_EQ((*events)[0].number, 1);
}

TYPED_TEST_P(ClassifierRegistryContract, AVersionThatIsThereStaysAsItIs) {
  auto registry = this->driver_.open();
  const std::string version = this->added(*registry, "one");
  ledger::ClassifierVersion again = classifier_version("one");
  again.card = "another card";
  EXPECT_FALSE(registry->add(again, "one", registry_event("registered", version)).value());
  EXPECT_EQ(registry->find(version)->card, "{}");
  EXPECT_EQ(registry->events(10)->size(), 1U);
}

TYPED_TEST_P(ClassifierRegistryContract, RefusesAVersionThatIsNoHash) {
  auto registry = this->driver_.open();
  for (const std::string& bad : {std::string("../../etc/passwd"), std::string(64, 'G'), std::string(63, 'a')}) {
    ledger::ClassifierVersion version = classifier_version("one");
    version.version = bad;
    const auto refused = registry->add(version, "one", registry_event("registered"));
    ASSERT_FALSE(refused.has_value()) << bad;
    EXPECT_EQ(refused.error().code(), base::ErrorCode::kInvalidArgument);
  }
}

TYPED_TEST_P(ClassifierRegistryContract, ListsTheOldestFirst) {
  auto registry = this->driver_.open();
  const std::string late = this->added(*registry, "late", 9);
  const std::string early = this->added(*registry, "early", 1);
  const auto versions = registry->versions();
  ASSERT_EQ(versions->size(), 2U);
  EXPECT_EQ((*versions)[0].version, early);
  EXPECT_EQ((*versions)[1].version, late);
}

TYPED_TEST_P(ClassifierRegistryContract, FindsByABeginningThatIsOneVersionsAlone) {
  auto registry = this->driver_.open();
  std::string upper = this->added(*registry, "one").substr(0, 8);
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(registry->find(upper)->version, base::sha256_hex("one"));
  EXPECT_EQ(registry->find("abc").error().code(), base::ErrorCode::kInvalidArgument);
  EXPECT_EQ(registry->find("zzzz").error().code(), base::ErrorCode::kInvalidArgument);
  EXPECT_EQ(registry->find("%%%%").error().code(), base::ErrorCode::kInvalidArgument);
  EXPECT_EQ(registry->find("00000000").error().code(), base::ErrorCode::kNotFound);
  EXPECT_EQ(registry->artefact(std::string(64, '0')).error().code(), base::ErrorCode::kNotFound);
  for (const char digit : {'1', '2'}) {
    ledger::ClassifierVersion version = classifier_version("x");
    version.version = std::string(63, 'a') + digit;
    ASSERT_TRUE(registry->add(version, "x", registry_event("registered")).value());
  }
  const auto several = registry->find("aaaaa");
  ASSERT_FALSE(several.has_value());
  EXPECT_EQ(several.error().code(), base::ErrorCode::kInvalidArgument);
}

TYPED_TEST_P(ClassifierRegistryContract, ProofsAreWrittenBesideAVersion) {
  auto registry = this->driver_.open();
  const std::string version = this->added(*registry, "one");
  ASSERT_TRUE(registry->set_proofs(version, "c", "p").has_value());
  EXPECT_EQ(registry->find(version)->certificate, "c");
  EXPECT_EQ(registry->find(version)->pairing, "p");
  EXPECT_EQ(registry->set_proofs(std::string(64, '0'), "c", "p").error().code(), base::ErrorCode::kNotFound);
}

TYPED_TEST_P(ClassifierRegistryContract, ARoleChangesTogetherWithItsEvent) {
  auto registry = this->driver_.open();
  const std::string one = this->added(*registry, "one");
  const std::string two = this->added(*registry, "two");
  ASSERT_TRUE(registry->assign(in_role(ledger::Role::kChampion, one), "", registry_event("promoted", one)));
  ASSERT_TRUE(registry->assign(in_role(ledger::Role::kCanary, two, 0.05), "", registry_event("canary", two)));
  auto assigned = registry->assignments();
  ASSERT_EQ(assigned->size(), 2U);
  EXPECT_EQ((*assigned)[0].role, ledger::Role::kChampion);
  EXPECT_EQ((*assigned)[0].version, one);
  EXPECT_EQ((*assigned)[1].role, ledger::Role::kCanary);
  EXPECT_EQ((*assigned)[1].share, 0.05);
  EXPECT_EQ((*assigned)[1].since, registry_event("").at);
  ASSERT_TRUE(registry->assign(in_role(ledger::Role::kChampion, two), one, registry_event("promoted", two)));
  ASSERT_TRUE(registry->assign(in_role(ledger::Role::kCanary, ""), two, registry_event("stopped", two)));
  assigned = registry->assignments();
  ASSERT_EQ(assigned->size(), 1U);
  EXPECT_EQ((*assigned)[0].version, two);
  const auto events = registry->events(2);
  ASSERT_EQ(events->size(), 2U);
  EXPECT_EQ((*events)[0].kind, "stopped");
  EXPECT_EQ((*events)[1].kind, "promoted");
  EXPECT_EQ((*events)[1].before, one);
}

TYPED_TEST_P(ClassifierRegistryContract, WhoeverExpectsAnotherHolderIsTooLateAndChangesNothing) {
  auto registry = this->driver_.open();
  auto other = this->driver_.open();
  const std::string one = this->added(*registry, "one");
  const std::string two = this->added(*registry, "two");
  ASSERT_TRUE(other->assign(in_role(ledger::Role::kChampion, one), "", registry_event("promoted", one)));
  const auto late = registry->assign(in_role(ledger::Role::kChampion, two), "", registry_event("promoted", two));
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code(), base::ErrorCode::kInvalidArgument);
  EXPECT_EQ(registry->assignments()->at(0).version, one);
  EXPECT_EQ(registry->events(10)->size(), 3U);
}

TYPED_TEST_P(ClassifierRegistryContract, AVersionThatIsNotThereGetsNoRole) {
  auto registry = this->driver_.open();
  const std::string absent(64, '0');
  const auto refused = registry->assign(in_role(ledger::Role::kChampion, absent), "", registry_event("promoted"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), base::ErrorCode::kNotFound);
  EXPECT_TRUE(registry->assignments()->empty());
  EXPECT_TRUE(registry->events(10)->empty());
}

TYPED_TEST_P(ClassifierRegistryContract, TheSerialChangesWithAssignmentsWhoeverMakesThem) {
  auto registry = this->driver_.open();
  auto other = this->driver_.open();
  const std::string one = this->added(*registry, "one");
  const std::int64_t before = registry->serial().value();
  EXPECT_EQ(registry->serial().value(), before);
  EXPECT_EQ(other->serial().value(), before);
  ASSERT_TRUE(registry->assign(in_role(ledger::Role::kChampion, one), "", registry_event("promoted", one)));
  const std::int64_t own = registry->serial().value();
  EXPECT_NE(own, before);
  EXPECT_EQ(other->serial().value(), own);
  ASSERT_TRUE(other->assign(in_role(ledger::Role::kChampion, ""), one, registry_event("retired", one)));
  EXPECT_NE(registry->serial().value(), own);
  EXPECT_EQ(other->serial().value(), registry->serial().value());
}

TYPED_TEST_P(ClassifierRegistryContract, EventsAloneAreNotedAndComeBackNewestFirst) {
  auto registry = this->driver_.open();
  ledger::RegistryEvent refused = registry_event("refused", "v");
  refused.reason = "worse";
  refused.detail = R"({"rows": []})";
  ASSERT_TRUE(registry->note(refused));
  ASSERT_TRUE(registry->note(registry_event("forced", "v")));
  const auto events = registry->events(std::numeric_limits<std::size_t>::max());
  ASSERT_EQ(events->size(), 2U);
  EXPECT_EQ((*events)[0].kind, "forced");
  EXPECT_EQ((*events)[1].reason, "worse");
  EXPECT_EQ((*events)[1].detail, refused.detail);
  EXPECT_EQ((*events)[1].who, "ada");
  EXPECT_EQ((*events)[1].at, refused.at);
  EXPECT_LT((*events)[1].number, (*events)[0].number);
  EXPECT_EQ(registry->events(1)->size(), 1U);
}

REGISTER_TYPED_TEST_SUITE_P(ClassifierRegistryContract, GivesBackWhatWasAdded, AVersionThatIsThereStaysAsItIs,
                            RefusesAVersionThatIsNoHash, ListsTheOldestFirst, FindsByABeginningThatIsOneVersionsAlone,
                            ProofsAreWrittenBesideAVersion, ARoleChangesTogetherWithItsEvent,
                            WhoeverExpectsAnotherHolderIsTooLateAndChangesNothing, AVersionThatIsNotThereGetsNoRole,
                            TheSerialChangesWithAssignmentsWhoeverMakesThem, EventsAloneAreNotedAndComeBackNewestFirst);

}  // namespace pointsman::test
