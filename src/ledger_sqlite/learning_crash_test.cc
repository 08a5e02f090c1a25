// Kills a process that keeps feedback, adds classifiers and changes roles, again and again, and looks at what is left.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <set>

#include "ledger_sqlite/classifier_registry.h"
#include "ledger_sqlite/feedback_store.h"
#include "ledger_sqlite/learning_db.h"
#include "support/classifier_values.h"
#include "support/random_entry.h"
#include "support/temporary_directory.h"

namespace pointsman::ledger_sqlite {
namespace {

using ledger::Role;
using test::classifier_version;

// What the child tells once a call has returned: an id of feedback, or the beginning of a champion's version.
struct Told {
  bool champion = false;
  base::Uuid id;
  char version[64] = {};
};

ledger::Feedback label(const base::Uuid& id, const base::Uuid& decision) {
  ledger::Feedback feedback;
  feedback.id = id;
  feedback.decision = decision;
  feedback.category = "hard";
  return feedback;
}

void tell(int pipe, const Told& told) {
  if (::write(pipe, &told, sizeof told) != sizeof told) ::_exit(4);
}

void promote_another(ledger::ClassifierRegistry& registry, const std::string& artefact, int pipe) {
  const auto version = classifier_version(artefact);
  if (!registry.add(version, artefact, test::registry_event("registered", version.version))) ::_exit(5);
  const auto assigned = registry.assignments();
  if (!assigned) ::_exit(6);
  const std::string before = assigned->empty() ? "" : assigned->front().version;
  const auto event = test::registry_event("promoted", version.version);
  if (!registry.assign(test::in_role(Role::kChampion, version.version), before, event)) ::_exit(7);
  Told told{.champion = true};
  version.version.copy(told.version, sizeof told.version);
  tell(pipe, told);
}

[[noreturn]] void work_for_ever(const std::string& directory, int pipe, std::uint64_t seed) {
  auto store = open_feedback_store(directory);
  auto registry = open_classifier_registry(directory);
  if (!store || !registry) ::_exit(3);
  base::UuidGenerator ids(seed);
  base::Rng rng(seed);
  for (int i = 0;; ++i) {
    if (rng.below(3) == 0) {
      promote_another(**registry, "artefact " + std::to_string(seed) + "/" + std::to_string(i), pipe);
      continue;
    }
    const base::WallTime now = base::SystemClock().wall();
    const Told told{.id = ids.next(now)};
    const ledger::Entry about = test::random_entry(rng, ids.next(now));
    if (!(*store)->add(label(told.id, about.id), about)) ::_exit(8);
    tell(pipe, told);
  }
}

// Lets the writer get on for a little while, so that the kill comes at any point of what it does.
void spin(std::chrono::microseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < until) ::getppid();
}

class LearningCrash : public testing::Test {
 protected:
  // What a child that was killed after `most` calls, and a little, had told.
  std::vector<Told> killed_after(std::uint64_t most, std::uint64_t seed) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      work_for_ever(path_, ends[1], seed);
    }
    ::close(ends[1]);
    std::vector<Told> all;
    bool killed = false;
    for (Told told; ::read(ends[0], &told, sizeof told) == sizeof told;) {
      all.push_back(told);
      if (killed || all.size() < most) continue;
      spin(std::chrono::microseconds(rng_.below(8'000)));
      ::kill(child, SIGKILL);
      killed = true;
    }
    ::close(ends[0]);
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);
    return all;
  }

  void expect_intact() {
    auto database = Database::open(path_ + "/" + kLearningFile, OpenMode::kReadWriteCreate);
    ASSERT_TRUE(database.has_value());
    auto check = database->prepare("PRAGMA integrity_check");
    ASSERT_TRUE(check->step().value());
    EXPECT_EQ(check->bytes(0), "ok");
  }

  // Serving is one version that is there, and what the events say last. A version that was told still leads to it.
  void expect_serving(const std::string& last_told) {
    auto registry = open_classifier_registry(path_);
    ASSERT_TRUE(registry.has_value());
    const auto versions = (*registry)->versions().value();
    for (const auto& one : versions) {
      ASSERT_TRUE((*registry)->artefact(one.version).has_value()) << one.version;
    }
    const auto assigned = (*registry)->assignments().value();
    auto events = (*registry)->events(100'000).value();
    std::erase_if(events, [](const ledger::RegistryEvent& one) { return one.kind != "promoted"; });
    ASSERT_EQ(assigned.empty(), events.empty());
    ASSERT_EQ(last_told.empty() || !assigned.empty(), true);
    if (assigned.empty()) return;
    EXPECT_EQ(assigned.front().version, events.front().version);
    EXPECT_TRUE((*registry)->find(assigned.front().version).has_value());
    // At most the one call that was under way came after what was told.
    if (!last_told.empty() && last_told != events.front().version) {
      EXPECT_EQ(last_told, events.front().before);
    }
  }

  test::TemporaryDirectory directory_;
  std::string path_ = directory_.file("ledger");
  base::Rng rng_{9};
};

TEST_F(LearningCrash, KillNineLosesNothingThatWasAcknowledgedAndLeavesOneServing) {
  std::set<base::Uuid> acknowledged;
  for (std::uint64_t round = 0; round < 40; ++round) {
    std::string champion;
    for (const Told& told : killed_after(1 + rng_.below(12), 100 + round)) {
      if (told.champion) champion.assign(told.version, sizeof told.version);
      if (!told.champion) acknowledged.insert(told.id);
    }
    expect_intact();
    expect_serving(champion);
    if (HasFatalFailure()) return;
  }
  auto store = open_feedback_store(path_);
  ASSERT_TRUE(store.has_value());
  std::set<base::Uuid> found;
  const auto scanned = (*store)->scan([&](const ledger::Feedback& feedback, const ledger::Entry& about) {
    EXPECT_EQ(feedback.decision, about.id);
    return found.insert(feedback.id).second;
  });
  ASSERT_TRUE(scanned.has_value()) << scanned.error().message();
  EXPECT_TRUE(std::ranges::includes(found, acknowledged));
  EXPECT_GT(acknowledged.size(), 40U);
}

}  // namespace
}  // namespace pointsman::ledger_sqlite
