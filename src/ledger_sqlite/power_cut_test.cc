// Cuts the power at random calls to the disk, again and again: what was committed is there afterwards, and nothing
// twice.
//
// POINTSMAN_POWER_CUTS says how many (./dev promises P11 asks for 500). The same number gives the same cuts.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <limits>
#include <map>
#include <set>

#include "base/log.h"
#include "ledger/key_text.h"
#include "ledger_sqlite/key_store.h"
#include "ledger_sqlite/reader.h"
#include "ledger_sqlite/schema.h"
#include "ledger_sqlite/shared_db.h"
#include "ledger_sqlite/spend_reader.h"
#include "ledger_sqlite/store.h"
#include "support/charged_entries.h"
#include "support/power_vfs.h"
#include "support/temporary_directory.h"

namespace {

// What SQLite and our own code ask of the C library. With a model there is no need to wait for the real disk.
int sync_told(int file, long call) {
  std::error_code failure;
  const auto path = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(file), failure);
  pointsman::test::PowerModel* model = pointsman::test::PowerModel::active();
  if (failure || model == nullptr || !model->concerns(path.string())) return static_cast<int>(::syscall(call, file));
  if (model->synced(path.string())) return 0;
  errno = EIO;
  return -1;
}

}  // namespace

// Found before the C library's by everything in this program, libsqlite3 among it.
extern "C" int fsync(int file) {
  return sync_told(file, SYS_fsync);
}
extern "C" int fdatasync(int file) {
  return sync_told(file, SYS_fdatasync);
}

namespace pointsman::ledger_sqlite {
namespace {

using test::PowerModel;

constexpr std::uint64_t kLivesOfALedger = 8;

std::uint64_t cuts_wanted() {
  const char* wanted = std::getenv("POINTSMAN_POWER_CUTS");
  return wanted == nullptr ? 20 : std::strtoull(wanted, nullptr, 10);
}

// What a ledger was told, and what it said is kept.
struct Told {
  std::set<base::Uuid> appended;
  std::set<base::Uuid> committed;
  std::set<std::string> keys;
  std::set<std::string> policies;
};

StoreOptions options_for(const std::string& folder, const base::Clock& clock) {
  StoreOptions options;
  options.directory = folder + "/ledger";
  options.workers = 2;
  options.ring_bytes = 128 << 10;
  // Commits when it is told to and not by the clock, so that a seed says all.
  options.writer.gather_time = std::chrono::hours(1);
  options.writer.gather_rows = 1'000'000;
  options.writer.retention_interval = std::chrono::hours(1);
  options.writer.clock = &clock;
  return options;
}

// One run of a gateway's ledger, up to the power cut or its end.
class Life {
 public:
  Life(const std::string& folder, const base::Clock& clock, base::Rng& rng, base::UuidGenerator& ids, Told& told)
      : options_(options_for(folder, clock)), clock_(clock), rng_(rng), ids_(ids), told_(told) {}

  void live(PowerModel& model) {
    auto store = open_store(options_);
    if (!store) return expect_cut(model, store.error());
    model.note_rings();
    if (!(*store)->prune() || !(*store)->flush()) return;
    auto keys = open_key_store(options_.directory);
    if (!keys) return expect_cut(model, keys.error());
    const std::uint64_t steps = 1 + rng_.below(40);
    const std::uint64_t noted = rng_.below(steps);
    for (std::uint64_t i = 0; i < steps && !model.is_cut(); ++i) {
      step(**store, **keys);
      if (i == noted) model.note_rings();
    }
    // Half of those that got so far are closed before the power goes.
    if (rng_.below(2) == 0) model.cut_now();
  }

 private:
  static void expect_cut(const PowerModel& model, const base::Error& error) {
    EXPECT_TRUE(model.is_cut()) << error.message();
  }

  void step(Store& store, ledger::KeyStore& keys) {
    switch (rng_.below(16)) {
      case 0:
        return checkpoint("PRAGMA wal_checkpoint(PASSIVE)");
      case 1:
        return checkpoint("PRAGMA wal_checkpoint(RESTART)");
      case 2:
        return build_anew();
      case 3:
        return make_key(keys);
      case 4:
        return keep_policy(store);
      default:
        return commit_some(store);
    }
  }

  void commit_some(Store& store) {
    std::vector<base::Uuid> batch;
    const std::uint64_t size = 1 + rng_.below(rng_.below(4) == 0 ? 120 : 8);
    for (std::uint64_t i = 0; i < size; ++i) {
      journal::JournalSink& sink = store.sink(i % options_.workers);
      if (!sink.reserve()) break;
      const ledger::Entry entry = test::charged_entry(rng_, ids_.next(clock_.wall()));
      told_.appended.insert(entry.id);
      batch.push_back(entry.id);
      sink.append(entry);
    }
    if (store.flush()) told_.committed.insert(batch.begin(), batch.end());
  }

  void make_key(ledger::KeyStore& keys) {
    ledger::Key key{.id = ids_.next(clock_.wall()), .created = clock_.wall(), .tail = "tail"};
    key.name = key.id.to_string();
    key.secrets = {{.digest = ledger::key_digest(key.name), .until = {}}};
    if (keys.create(key, {"ada", clock_.wall()})) told_.keys.insert(key.name);
  }

  void keep_policy(Store& store) {
    const std::string version = ids_.next(clock_.wall()).to_string();
    if (store.save_policy(version, version + " says so")) told_.policies.insert(version);
  }

  // As another process does, and SQLite itself once the write-ahead log is long.
  void checkpoint(const std::string& statement) {
    if (auto other = open_other()) static_cast<void>(other->execute(statement));
  }
  // As forgetting does.
  void build_anew() {
    if (auto other = open_other()) static_cast<void>(overwrite_removed(*other));
  }
  base::Result<Database> open_other() {
    return Database::open(options_.directory + "/" + kDatabaseFile, OpenMode::kReadWriteCreate);
  }

  const StoreOptions options_;
  const base::Clock& clock_;
  base::Rng& rng_;
  base::UuidGenerator& ids_;
  Told& told_;
};

std::vector<ledger::Entry> all_entries(const std::string& directory) {
  std::vector<ledger::Entry> entries;
  auto reader = open_reader(directory);
  if (!reader) ADD_FAILURE() << reader.error().message();
  ledger::Filter all;
  all.limit = std::numeric_limits<std::size_t>::max();
  const auto scanned = !reader ? base::Result<void>() : (*reader)->scan(all, [&](const ledger::Entry& entry) {
    entries.push_back(entry);
    return true;
  });
  EXPECT_TRUE(scanned.has_value());
  return entries;
}

void expect_sound(const std::string& path) {
  auto database = Database::open(path, OpenMode::kReadOnly);
  ASSERT_TRUE(database.has_value()) << database.error().message();
  auto check = database->prepare("PRAGMA integrity_check");
  ASSERT_TRUE(check.has_value()) << check.error().message();
  ASSERT_TRUE(check->step().value_or(false));
  EXPECT_EQ(check->bytes(0), "ok") << path;
}

void expect_sums(const std::string& directory, const std::vector<ledger::Entry>& entries) {
  const auto reader = open_spend_reader(directory);
  ASSERT_TRUE(reader.has_value()) << reader.error().message();
  for (const ledger::SpendScope& scope : test::all_scopes()) {
    const auto sum = (*reader)->sum(scope, {});
    ASSERT_TRUE(sum.has_value()) << sum.error().message();
    EXPECT_EQ(*sum, test::added_up(entries, scope, {})) << scope.owner << " " << scope.key << " " << scope.user;
  }
}

void expect_keys(const std::string& directory, const Told& told) {
  const auto store = open_key_store(directory);
  ASSERT_TRUE(store.has_value()) << store.error().message();
  const auto keys = (*store)->keys();
  ASSERT_TRUE(keys.has_value()) << keys.error().message();
  std::map<std::string, int> found;
  for (const ledger::Key& one : *keys) ++found[one.name];
  for (const std::string& name : told.keys) EXPECT_EQ(found[name], 1) << "the key " << name;
  expect_sound(directory + "/" + kAccessFile);
}

// The next start, on a copy of what the disk holds: the entries that came out of the journals.
std::uint64_t check(const std::string& folder, const base::Clock& clock, const Told& told) {
  const StoreOptions options = options_for(folder, clock);
  std::uint64_t recovered = 0;
  {
    auto store = open_store(options);
    if (!store) {
      ADD_FAILURE() << "does not open again: " << store.error().message();
      return 0;
    }
    recovered = (*store)->recovered();
    EXPECT_TRUE((*store)->close().has_value());
  }
  expect_sound(options.directory + "/" + kDatabaseFile);
  const std::vector<ledger::Entry> entries = all_entries(options.directory);
  std::map<base::Uuid, int> found;
  for (const ledger::Entry& one : entries) {
    EXPECT_TRUE(told.appended.contains(one.id)) << one.id.to_string() << " was never appended";
    EXPECT_EQ(++found[one.id], 1) << one.id.to_string() << " is there twice";
  }
  for (const base::Uuid& id : told.committed) EXPECT_TRUE(found.contains(id)) << id.to_string() << " is lost";
  expect_sums(options.directory, entries);
  expect_keys(options.directory, told);
  auto reader = open_reader(options.directory);
  for (const std::string& version : told.policies) {
    EXPECT_EQ((*reader)->policy(version).value_or(std::nullopt), version + " says so");
  }
  return recovered;
}

// Few calls as often as many: a start takes some, a long life a thousand.
std::uint64_t random_call(base::Rng& rng) {
  return 1 + rng.below(std::uint64_t{1} << (3 + rng.below(9)));
}

// What is in the memory that processes share is anything after a cut.
void leave_garbage(const std::string& folder, base::Rng& rng) {
  for (const char* name : {kDatabaseFile, kAccessFile}) {
    const std::string path = folder + "/ledger/" + name;
    if (!std::filesystem::exists(path) || rng.below(2) == 0) continue;
    std::string bytes(32'768, '\0');
    for (char& one : bytes) one = static_cast<char>(rng.next());
    test::write_bytes(path + "-shm", bytes);
  }
}

TEST(PowerCut, WhatWasCommittedIsThereAfterEveryCutAndNothingTwice) {
  base::set_log(base::LogLevel::kOff, false);  // that the disk fails is what it would tell
  const test::TemporaryDirectory directory;
  const test::PowerVfs files;
  const std::uint64_t cuts = cuts_wanted();
  std::uint64_t committed = 0;
  std::uint64_t recovered = 0;
  std::string folder;
  Told told;
  base::ManualClock clock;
  base::UuidGenerator ids(1);
  for (std::uint64_t cut = 0; cut < cuts && !testing::Test::HasFailure(); ++cut) {
    SCOPED_TRACE("cut " + std::to_string(cut));
    base::Rng rng(cut);
    if (cut % kLivesOfALedger == 0) {
      if (!folder.empty()) std::filesystem::remove_all(folder);
      folder = directory.file("first-" + std::to_string(cut));
      std::filesystem::create_directory(folder);
      told = {};
    }
    const std::string after = directory.file("life-" + std::to_string(cut + 1));
    const std::string copy = directory.file("copy");
    std::filesystem::create_directory(after);
    const std::size_t before = told.committed.size();
    {
      PowerModel model(folder, random_call(rng));
      Life(folder, clock, rng, ids, told).live(model);
      model.cut_now();
      model.restore(after, rng);
    }
    leave_garbage(after, rng);
    std::filesystem::copy(after, copy, std::filesystem::copy_options::recursive);
    recovered += check(copy, clock, told);
    committed += told.committed.size() - before;
    std::filesystem::remove_all(copy);
    std::filesystem::remove_all(folder);
    folder = after;
    clock.advance(std::chrono::days(20));  // so that old sums are summed up
  }
  base::set_log(base::LogLevel::kInfo, false);
  EXPECT_GT(committed, 0U);
  RecordProperty("cuts", std::to_string(cuts));
  RecordProperty("committed", std::to_string(committed));
  RecordProperty("recovered", std::to_string(recovered));
}

}  // namespace
}  // namespace pointsman::ledger_sqlite
