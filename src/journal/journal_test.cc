#include "journal/journal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <thread>

#include "journal/journal_format.h"
#include "ledger/entry_codec.h"
#include "support/random_entry.h"
#include "support/temporary_directory.h"

namespace pointsman::journal {
namespace {

constexpr std::size_t kSmallRing = 16 << 10;

std::unique_ptr<Journal> make(const std::string& path, std::size_t ring_bytes = kSmallRing) {
  auto journal = Journal::create(path, ring_bytes, ledger::kMinRecordCapacity);
  if (!journal) ADD_FAILURE() << journal.error().message();
  return std::move(*journal);
}

struct Replayed {
  std::vector<base::Uuid> ids;
  Recovered result;
};

Replayed replay(const std::string& path) {
  Replayed replayed;
  const auto result = recover_journal(path, [&](std::string_view record) -> base::Result<void> {
    const auto entry = ledger::decode(record);
    if (!entry) return base::fail(entry.error());
    replayed.ids.push_back(entry->id);
    return {};
  });
  EXPECT_TRUE(result.has_value()) << result.error().message();
  if (result) replayed.result = *result;
  return replayed;
}

void overwrite(const std::string& path, std::size_t offset, char byte) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(offset));
  file.put(byte);
}

char read_byte(const std::string& path, std::size_t offset) {
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset));
  return static_cast<char>(file.get());
}

TEST(Journal, KeepsOrderAndContentThroughRandomAppendsAndCommitsOverManyLaps) {
  const test::TemporaryDirectory directory;
  const auto journal = make(directory.file("j"));
  base::Rng rng(11);
  base::UuidGenerator ids(12);
  std::deque<base::Uuid> waiting;
  std::uint64_t refused = 0;
  while (journal->committed() < 40 * journal->capacity()) {
    for (std::uint64_t n = rng.below(8); n > 0; --n) {
      if (!journal->reserve()) {
        ++refused;
        break;
      }
      const ledger::Entry entry = test::random_entry(rng, ids.next(base::WallTime(std::chrono::hours(1))));
      journal->append(entry);
      waiting.push_back(entry.id);
    }
    std::uint64_t position = journal->committed();
    std::uint64_t rows = 0;
    std::string_view record;
    for (std::uint64_t n = rng.below(8); n > 0 && journal->next(position, record); --n, ++rows) {
      const auto entry = ledger::decode(record);
      ASSERT_TRUE(entry.has_value());
      ASSERT_EQ(entry->id, waiting.front());
      waiting.pop_front();
    }
    journal->commit(position, rows);
    ASSERT_EQ(journal->waiting_rows(), waiting.size());
  }
  EXPECT_GT(refused, 0U) << "the ring was full now and then";
  const Replayed replayed = replay(directory.file("j"));
  EXPECT_EQ(replayed.ids, std::vector<base::Uuid>(waiting.begin(), waiting.end()));
  EXPECT_FALSE(replayed.result.torn);
}

TEST(Journal, GuaranteesEveryReservationARecordOfTheLargestSize) {
  const test::TemporaryDirectory directory;
  const auto journal = make(directory.file("j"));
  std::size_t reserved = 0;
  while (journal->reserve()) ++reserved;
  EXPECT_EQ(reserved, kSmallRing / record_space(ledger::kMinRecordCapacity));
  ledger::Entry huge = test::typical_entry({});
  huge.text.assign(100'000, 't');
  for (std::size_t i = 0; i < reserved; ++i) journal->append(huge);
  EXPECT_EQ(replay(directory.file("j")).ids.size(), reserved);
  EXPECT_FALSE(journal->reserve());
}

TEST(Journal, GivesAReleasedReservationToTheNext) {
  const test::TemporaryDirectory directory;
  const auto journal = make(directory.file("j"));
  while (journal->reserve()) {
  }
  journal->release();
  EXPECT_TRUE(journal->reserve());
  EXPECT_FALSE(journal->reserve());
}

TEST(Journal, WipesWhatWasCommitted) {
  const test::TemporaryDirectory directory;
  const auto journal = make(directory.file("j"));
  ledger::Entry entry = test::typical_entry({});
  entry.text = "canary-in-the-journal";
  ASSERT_TRUE(journal->reserve());
  journal->append(entry);
  journal->commit(journal->appended(), 1);
  std::ifstream file(directory.file("j"), std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_EQ(bytes.find("canary"), std::string::npos);
}

TEST(Journal, RecoveryStopsAtTheRecordThatWasDamaged) {
  const test::TemporaryDirectory directory;
  base::Rng rng(21);
  for (int round = 0; round < 60; ++round) {
    const std::string path = directory.file("j" + std::to_string(round));
    std::vector<std::uint64_t> ends;
    {
      const auto journal = make(path);
      base::UuidGenerator ids(22);
      while (ends.size() < 8 && journal->reserve()) {
        journal->append(test::random_entry(rng, ids.next(base::WallTime(std::chrono::hours(1)))));
        ends.push_back(journal->appended());
      }
    }
    const auto place = static_cast<std::size_t>(rng.below(ends.back()));
    const char before = read_byte(path, kHeaderSize + place);
    overwrite(path, kHeaderSize + place, static_cast<char>(before ^ (1 << rng.below(8))));
    const auto hit = static_cast<std::size_t>(std::ranges::upper_bound(ends, place) - ends.begin());
    const std::size_t found = replay(path).ids.size();
    // A flipped bit in padding or in the unused word harms nobody.
    EXPECT_TRUE(found == hit || found == ends.size()) << "byte " << place << ": found " << found << ", hit " << hit;
  }
}

TEST(Journal, RecoverySaysWhenARecordIsTorn) {
  const test::TemporaryDirectory directory;
  {
    const auto journal = make(directory.file("j"));
    for (int i = 0; i < 3 && journal->reserve(); ++i) journal->append(test::typical_entry({}));
  }
  overwrite(directory.file("j"), kHeaderSize + 100, '\x7f');
  const Replayed replayed = replay(directory.file("j"));
  EXPECT_TRUE(replayed.result.torn);
  EXPECT_TRUE(replayed.ids.empty());
}

TEST(Journal, RecoveryRefusesADamagedHeaderAndAcceptsOneNeverWritten) {
  const test::TemporaryDirectory directory;
  {
    const auto journal = make(directory.file("j"));
  }
  overwrite(directory.file("j"), 9, '\x33');
  const auto damaged = recover_journal(directory.file("j"), [](std::string_view) { return base::Result<void>(); });
  ASSERT_FALSE(damaged.has_value());
  EXPECT_EQ(damaged.error().code(), base::ErrorCode::kCorrupt);
  std::ofstream(directory.file("empty"));
  EXPECT_EQ(replay(directory.file("empty")).result.records, 0U);
}

TEST(Journal, RecoverySurvivesRandomBytes) {
  const test::TemporaryDirectory directory;
  base::Rng rng(31);
  for (int round = 0; round < 50; ++round) {
    const std::string path = directory.file("j" + std::to_string(round));
    {
      const auto journal = make(path);
    }
    for (int i = 0; i < 400; ++i) {
      overwrite(path, kConsumedOffset + rng.below(kSmallRing), static_cast<char>(rng.next()));
    }
    const auto result = recover_journal(path, [](std::string_view) { return base::Result<void>(); });
    if (result) EXPECT_EQ(result->records, 0U);
  }
}

TEST(Journal, OneThreadAppendsWhileAnotherCommits) {
  const test::TemporaryDirectory directory;
  const auto journal = make(directory.file("j"));
  constexpr std::uint64_t kEntries = 3000;
  std::thread producer([&] {
    base::UuidGenerator ids(41);
    for (std::uint64_t i = 0; i < kEntries;) {
      if (!journal->reserve()) {
        std::this_thread::yield();
        continue;
      }
      ledger::Entry entry = test::typical_entry(ids.next(base::WallTime(std::chrono::hours(1))));
      entry.request_bytes = i++;
      journal->append(entry);
    }
  });
  std::uint64_t seen = 0;
  while (seen < kEntries) {
    std::uint64_t position = journal->committed();
    std::uint64_t rows = 0;
    std::string_view record;
    while (journal->next(position, record)) {
      const auto entry = ledger::decode(record);
      ASSERT_TRUE(entry.has_value());
      ASSERT_EQ(entry->request_bytes, seen + rows);
      ++rows;
    }
    journal->commit(position, rows);
    seen += rows;
    if (rows == 0) std::this_thread::yield();
  }
  producer.join();
  EXPECT_EQ(journal->waiting_rows(), 0U);
}

}  // namespace
}  // namespace pointsman::journal
