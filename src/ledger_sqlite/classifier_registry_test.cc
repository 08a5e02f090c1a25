#include "ledger_sqlite/classifier_registry.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "ledger_sqlite/learning_db.h"
#include "support/classifier_registry_contract.h"
#include "support/temporary_directory.h"

namespace pointsman::test {

struct SqliteClassifiers {
  TemporaryDirectory directory;
  std::unique_ptr<ledger::ClassifierRegistry> open() {
    auto registry = ledger_sqlite::open_classifier_registry(directory.file("ledger"));
    if (!registry) ADD_FAILURE() << registry.error().message();
    return registry ? std::move(*registry) : nullptr;
  }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Sqlite, ClassifierRegistryContract, SqliteClassifiers);

}  // namespace pointsman::test

namespace pointsman::ledger_sqlite {
namespace {

namespace fs = std::filesystem;
using ledger::Role;
using test::classifier_version;
using test::in_role;
using test::registry_event;

class ArtefactTest : public testing::Test {
 protected:
  std::unique_ptr<ledger::ClassifierRegistry> open() {
    auto registry = open_classifier_registry(path_);
    if (!registry) ADD_FAILURE() << registry.error().message();
    return registry ? std::move(*registry) : nullptr;
  }
  std::string file_of(const std::string& version) const { return path_ + "/classifiers/" + version + ".pm"; }
  std::string add(ledger::ClassifierRegistry& registry, std::string_view artefact) {
    const auto version = classifier_version(artefact);
    const auto added = registry.add(version, artefact, registry_event("registered", version.version));
    EXPECT_TRUE(added.has_value());
    return version.version;
  }
  void leave(const std::string& name, std::chrono::hours age) {
    fs::create_directories(path_ + "/classifiers");
    std::ofstream(path_ + "/classifiers/" + name) << "left";
    fs::last_write_time(path_ + "/classifiers/" + name, fs::file_time_type::clock::now() - age);
  }
  bool there(const std::string& name) const { return fs::exists(path_ + "/classifiers/" + name); }

  test::TemporaryDirectory directory_;
  std::string path_ = directory_.file("ledger");
};

TEST_F(ArtefactTest, ARowWithoutItsFileIsDamageThatNamesTheFile) {
  const auto registry = open();
  const std::string version = add(*registry, "one");
  fs::remove(file_of(version));
  const auto missing = registry->artefact(version);
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code(), base::ErrorCode::kCorrupt);
  EXPECT_NE(missing.error().message().find(file_of(version)), std::string::npos);
  const auto refused = registry->assign(in_role(Role::kChampion, version), "", registry_event("promoted", version));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), base::ErrorCode::kCorrupt);
  EXPECT_FALSE(registry->add(classifier_version("one"), "one", registry_event("registered")).value());
  EXPECT_EQ(registry->artefact(version).value(), "one") << "the same bytes again mend it";
}

TEST_F(ArtefactTest, BytesThatWereChangedAreDamage) {
  const auto registry = open();
  const std::string version = add(*registry, "one");
  for (const char* other : {"two", "on", "onee", ""}) {
    std::ofstream(file_of(version), std::ios::trunc) << other;
    const auto damaged = registry->artefact(version);
    ASSERT_FALSE(damaged.has_value()) << other;
    EXPECT_EQ(damaged.error().code(), base::ErrorCode::kCorrupt);
  }
}

TEST_F(ArtefactTest, WhatNobodyListsIsSweptOnceItIsAnHourOld) {
  const std::string version = add(*open(), "one");
  fs::last_write_time(file_of(version), fs::file_time_type::clock::now() - std::chrono::hours(99));
  const std::string old = std::string(64, 'a') + ".pm";
  const std::string young = std::string(64, 'b') + ".pm";
  leave(old, std::chrono::hours(2));
  leave(young, std::chrono::hours(0));
  leave(".new-1-1", std::chrono::hours(2));
  leave("README", std::chrono::hours(2));
  ASSERT_TRUE(open_classifier_registry(path_, OpenMode::kReadOnly).has_value());
  EXPECT_TRUE(there(old)) << "who only reads removes nothing";
  open();
  EXPECT_FALSE(there(old));
  EXPECT_FALSE(there(".new-1-1"));
  EXPECT_TRUE(there(young));
  EXPECT_TRUE(there("README"));
  EXPECT_EQ(open()->artefact(version).value(), "one");
}

TEST_F(ArtefactTest, OfManyThatTakeTheSameRoleAtOnceOneGetsIt) {
  const auto registry = open();
  std::vector<std::string> versions;
  for (const char* one : {"a", "b", "c", "d"}) versions.push_back(add(*registry, one));
  std::vector<std::thread> contenders;
  std::atomic<int> won{0};
  for (const std::string& version : versions) {
    contenders.emplace_back([&, version] {
      const auto mine = open();
      if (mine->assign(in_role(Role::kChampion, version), "", registry_event("promoted", version))) ++won;
    });
  }
  for (std::thread& one : contenders) one.join();
  EXPECT_EQ(won.load(), 1);
  EXPECT_EQ(registry->assignments()->size(), 1U);
  EXPECT_EQ(registry->events(1)->at(0).version, registry->assignments()->at(0).version);
}

}  // namespace
}  // namespace pointsman::ledger_sqlite
