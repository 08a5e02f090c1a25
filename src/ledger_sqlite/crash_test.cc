// Kills a process that appends, again and again, and counts what is left.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <limits>
#include <map>
#include <set>

#include "ledger_sqlite/reader.h"
#include "ledger_sqlite/store.h"
#include "support/random_entry.h"
#include "support/temporary_directory.h"

namespace pointsman::ledger_sqlite {
namespace {

// Appends for ever, telling each id through the pipe once append() has returned.
[[noreturn]] void append_for_ever(const StoreOptions& options, int acknowledge, std::uint64_t seed) {
  auto store = open_store(options);
  if (!store) ::_exit(3);
  base::UuidGenerator ids(seed);
  base::Rng rng(seed);
  for (std::size_t i = 0;; ++i) {
    journal::JournalSink& sink = (*store)->sink(i % options.workers);
    if (!sink.reserve()) continue;
    const ledger::Entry entry = test::random_entry(rng, ids.next(base::SystemClock().wall()));
    sink.append(entry);
    if (::write(acknowledge, entry.id.bytes.data(), 16) != 16) ::_exit(4);
  }
}

// Reads ids until `most` have come, kills the writer, then reads what was still in the pipe.
std::set<base::Uuid> kill_after(pid_t child, int acknowledged, std::uint64_t most) {
  std::set<base::Uuid> ids;
  base::Uuid id;
  bool killed = false;
  while (::read(acknowledged, id.bytes.data(), 16) == 16) {
    ids.insert(id);
    if (!killed && ids.size() >= most) {
      ::kill(child, SIGKILL);
      killed = true;
    }
  }
  return ids;
}

std::map<base::Uuid, int> all_ids(const std::string& directory) {
  auto reader = open_reader(directory);
  EXPECT_TRUE(reader.has_value());
  std::map<base::Uuid, int> found;
  ledger::Filter all;
  all.limit = std::numeric_limits<std::size_t>::max();
  const auto scanned = (*reader)->scan(all, [&](const ledger::Entry& entry) {
    ++found[entry.id];
    return true;
  });
  EXPECT_TRUE(scanned.has_value());
  return found;
}

TEST(Crash, NoAcknowledgedEntryIsLostOrDoubledByKillNine) {
  const test::TemporaryDirectory directory;
  StoreOptions options;
  options.directory = directory.file("ledger");
  options.workers = 2;
  options.ring_bytes = 4 << 20;
  base::Rng rng(5);
  std::set<base::Uuid> acknowledged;
  std::uint64_t recovered = 0;
  for (std::uint64_t round = 0; round < 50; ++round) {
    // Every other round nothing reaches the database before the kill: all of it has to come from the journals.
    options.writer.gather_time = std::chrono::microseconds(round % 2 == 0 ? 500 : 3'600'000'000);
    options.writer.gather_rows = round % 2 == 0 ? 16 : 1'000'000;
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(ends[0]);
      append_for_ever(options, ends[1], 1000 + round);
    }
    ::close(ends[1]);
    const std::set<base::Uuid> told = kill_after(child, ends[0], 1 + rng.below(300));
    ::close(ends[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);
    acknowledged.insert(told.begin(), told.end());
    if (round % 5 == 4) {
      auto store = open_store(options);
      ASSERT_TRUE(store.has_value()) << store.error().message();
      recovered += (*store)->recovered();
      ASSERT_TRUE((*store)->close().has_value());
    }
  }
  const std::map<base::Uuid, int> found = all_ids(options.directory);
  for (const base::Uuid& id : acknowledged) {
    const auto at = found.find(id);
    ASSERT_TRUE(at != found.end()) << id.to_string() << " was acknowledged and is lost";
    ASSERT_EQ(at->second, 1);
  }
  EXPECT_GT(recovered, 0U);
}

TEST(Crash, RecoversTwiceWhenRecoveryItselfIsRepeated) {
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
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE((*store)->sink(0).reserve().has_value());
      (*store)->sink(0).append(test::typical_entry(ids.next(base::SystemClock().wall())));
    }
    std::filesystem::copy_file(ring, copy);
  }
  // As after a power cut that kept the journal but forgot that it had been consumed.
  std::filesystem::rename(copy, ring);
  auto store = open_store(options);
  ASSERT_TRUE(store.has_value());
  EXPECT_EQ((*store)->recovered(), 20U);
  EXPECT_EQ(all_ids(options.directory).size(), 20U);
}

}  // namespace
}  // namespace pointsman::ledger_sqlite
