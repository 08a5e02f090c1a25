// Kills a process that appends, again and again: what is summed up afterwards is the sum of what is there.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <limits>

#include "ledger_sqlite/reader.h"
#include "ledger_sqlite/spend_reader.h"
#include "ledger_sqlite/store.h"
#include "support/charged_entries.h"
#include "support/temporary_directory.h"

namespace pointsman::ledger_sqlite {
namespace {

// Appends for ever, one byte through the pipe for each entry that append() has taken.
[[noreturn]] void append_for_ever(const StoreOptions& options, int pipe, std::uint64_t seed) {
  auto store = open_store(options);
  if (!store) ::_exit(3);
  base::UuidGenerator ids(seed);
  base::Rng rng(seed);
  for (std::size_t i = 0;; ++i) {
    journal::JournalSink& sink = (*store)->sink(i % options.workers);
    if (!sink.reserve()) continue;
    sink.append(test::charged_entry(rng, ids.next(base::SystemClock().wall())));
    if (::write(pipe, "", 1) != 1) ::_exit(4);
  }
}

// False if the child ended by itself.
bool run_and_kill(const StoreOptions& options, std::uint64_t seed, std::uint64_t entries) {
  int ends[2];
  if (::pipe(ends) != 0) return false;
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    append_for_ever(options, ends[1], seed);
  }
  ::close(ends[1]);
  char byte = 0;
  for (std::uint64_t i = 0; i < entries && ::read(ends[0], &byte, 1) == 1; ++i) {
  }
  ::kill(child, SIGKILL);
  ::close(ends[0]);
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFSIGNALED(status);
}

std::vector<ledger::Entry> all_entries(const std::string& directory) {
  std::vector<ledger::Entry> entries;
  auto reader = open_reader(directory);
  ledger::Filter all;
  all.limit = std::numeric_limits<std::size_t>::max();
  const auto scanned = (*reader)->scan(all, [&](const ledger::Entry& entry) {
    entries.push_back(entry);
    return true;
  });
  EXPECT_TRUE(scanned.has_value());
  return entries;
}

void expect_sums_match(const std::string& directory) {
  const std::vector<ledger::Entry> entries = all_entries(directory);
  const auto reader = open_spend_reader(directory);
  ASSERT_TRUE(reader.has_value());
  for (const ledger::SpendScope& scope : test::all_scopes()) {
    const auto sum = (*reader)->sum(scope, {});
    ASSERT_TRUE(sum.has_value()) << sum.error().message();
    EXPECT_EQ(*sum, test::added_up(entries, scope, {})) << scope.owner << " " << scope.key << " " << scope.user;
  }
}

TEST(SpendCrash, SumsAreThoseOfTheEntriesAfterEveryKillNine) {
  const test::TemporaryDirectory directory;
  StoreOptions options;
  options.directory = directory.file("ledger");
  options.workers = 2;
  options.ring_bytes = 4 << 20;
  base::Rng rng(5);
  std::uint64_t recovered = 0;
  for (std::uint64_t round = 0; round < 30; ++round) {
    // Every third round nothing reaches the database before the kill: all of it has to come from the journals.
    const bool journals_only = round % 3 == 2;
    options.writer.gather_time = std::chrono::microseconds(journals_only ? 3'600'000'000 : 300);
    options.writer.gather_rows = journals_only ? 1'000'000 : 8;
    ASSERT_TRUE(run_and_kill(options, 100 + round, 1 + rng.below(200)));
    if (round % 5 != 4) continue;
    auto store = open_store(options);
    ASSERT_TRUE(store.has_value()) << store.error().message();
    recovered += (*store)->recovered();
    ASSERT_TRUE((*store)->close().has_value());
    expect_sums_match(options.directory);
  }
  EXPECT_GT(recovered, 0U);
}

TEST(SpendCrash, AJournalThatIsReadTwiceCountsOnce) {
  const test::TemporaryDirectory directory;
  StoreOptions options;
  options.directory = directory.file("ledger");
  options.ring_bytes = 1 << 20;
  options.writer.gather_time = std::chrono::hours(1);
  const std::string ring = options.directory + "/journal-0.ring";
  const std::string copy = directory.file("copy");
  {
    auto store = open_store(options);
    ASSERT_TRUE(store.has_value());
    base::UuidGenerator ids(6);
    base::Rng rng(6);
    for (int i = 0; i < 40; ++i) {
      ASSERT_TRUE((*store)->sink(0).reserve().has_value());
      (*store)->sink(0).append(test::charged_entry(rng, ids.next(base::SystemClock().wall())));
    }
    std::filesystem::copy_file(ring, copy);
  }
  // As after a power cut that kept the journal but forgot that it had been consumed.
  std::filesystem::rename(copy, ring);
  ASSERT_TRUE(open_store(options).has_value());
  EXPECT_EQ(all_entries(options.directory).size(), 40U);
  expect_sums_match(options.directory);
}

}  // namespace
}  // namespace pointsman::ledger_sqlite
