// Forgotten is gone: from what is read, and from the bytes on the disk.
#include "ledger_sqlite/forget.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "ledger_sqlite/feedback_store.h"
#include "ledger_sqlite/reader.h"
#include "ledger_sqlite/store.h"
#include "support/random_entry.h"
#include "support/temporary_directory.h"

namespace pointsman::ledger_sqlite {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCanary = "CANARY-7f3a91";
constexpr std::uint64_t kTheirs = 4711;
constexpr base::WallTime kNow{std::chrono::seconds(1'700'000'000)};

// The files under `directory` whose raw bytes hold the canary.
std::vector<std::string> with_canary(const std::string& directory) {
  std::vector<std::string> found;
  for (const auto& at : fs::recursive_directory_iterator(directory)) {
    if (!at.is_regular_file()) continue;
    std::ostringstream bytes;
    bytes << std::ifstream(at.path(), std::ios::binary).rdbuf();
    if (bytes.str().find(kCanary) != std::string::npos) found.push_back(at.path().filename());
  }
  return found;
}

class ForgetTest : public testing::Test {
 protected:
  // Of every size, so that some fill pages of their own and some share one.
  ledger::Entry entry(bool theirs) {
    ledger::Entry entry = test::typical_entry(ids_.next(kNow + std::chrono::milliseconds(rng_.below(1'000'000))));
    std::string text;
    while (text.size() < rng_.below(6'000)) text += theirs ? kCanary : std::string_view("somebody else");
    entry.text = text + std::string(theirs ? kCanary : "");
    entry.user = theirs ? kTheirs : rng_.below(100);
    entry.key = theirs ? std::string(kCanary) : "team-b";
    return entry;
  }
  // Ids in no order, as those of many processes: pages split and move rows about.
  std::vector<ledger::Entry> mixture(std::size_t count) {
    std::vector<ledger::Entry> all;
    for (std::size_t i = 0; i < count; ++i) all.push_back(entry(rng_.below(4) == 0));
    for (ledger::Entry& one : all) one.id.bytes[3] = static_cast<std::uint8_t>(rng_.next());
    return all;
  }
  static std::size_t theirs_of(const std::vector<ledger::Entry>& all) {
    return static_cast<std::size_t>(
        std::ranges::count_if(all, [](const ledger::Entry& one) { return one.user == kTheirs; }));
  }
  std::unique_ptr<Store> gateway() {
    auto store = open_store({.directory = path_, .ring_bytes = 4 << 20, .max_record = 16 << 10});
    if (!store) ADD_FAILURE() << store.error().message();
    return store ? std::move(*store) : nullptr;
  }
  static void append(Store& store, const std::vector<ledger::Entry>& entries) {
    for (const ledger::Entry& one : entries) {
      while (!store.sink(0).reserve()) ASSERT_TRUE(store.flush().has_value());
      store.sink(0).append(one);
    }
    ASSERT_TRUE(store.flush().has_value());
  }
  std::size_t count() {
    std::size_t rows = 0;
    auto reader = open_reader(path_);
    EXPECT_TRUE((*reader)->scan({.limit = 1'000'000}, [&](const ledger::Entry&) { return ++rows > 0; }).has_value());
    return rows;
  }

  test::TemporaryDirectory directory_;
  std::string path_ = directory_.file("ledger");
  base::Rng rng_{3};
  base::UuidGenerator ids_{3};
};

TEST_F(ForgetTest, TheLedgerForgetsAUserWhileAGatewayHasItOpen) {
  const auto store = gateway();
  const auto all = mixture(1'500);
  append(*store, all);
  ASSERT_FALSE(with_canary(path_).empty());
  const auto removed = forget_entries(path_, {.user = kTheirs});
  ASSERT_TRUE(removed.has_value()) << removed.error().message();
  EXPECT_EQ(*removed, theirs_of(all));
  EXPECT_EQ(count(), all.size() - theirs_of(all));
  EXPECT_EQ(with_canary(path_), std::vector<std::string>());
  append(*store, mixture(10));
}

TEST_F(ForgetTest, TheLedgerForgetsAKeyAndNothingElse) {
  append(*gateway(), mixture(300));
  const std::size_t before = count();
  EXPECT_EQ(forget_entries(path_, {.key = "nobody"}).value(), 0U);
  EXPECT_EQ(forget_entries(path_, {.who = std::string(kCanary)}).value(), 0U) << "annotators are not in the ledger";
  EXPECT_EQ(count(), before);
  EXPECT_GT(forget_entries(path_, {.key = std::string(kCanary)}).value(), 0U);
  EXPECT_EQ(with_canary(path_), std::vector<std::string>());
}

TEST_F(ForgetTest, WhatADeadGatewayLeftInItsJournalIsForgottenToo) {
  const std::string copy = directory_.file("copy");
  {
    auto store =
        open_store({.directory = path_, .ring_bytes = 1 << 20, .writer = {.gather_time = std::chrono::hours(1)}});
    ASSERT_TRUE(store.has_value());
    ASSERT_TRUE((*store)->sink(0).reserve().has_value());
    (*store)->sink(0).append(entry(true));
    fs::copy_file(path_ + "/journal-0.ring", copy);
  }
  fs::remove(path_ + "/ledger.sqlite");
  fs::copy_file(copy, path_ + "/journal-0.ring");
  gateway().reset();
  fs::copy_file(copy, path_ + "/journal-0.ring");
  fs::remove(copy);
  const auto removed = forget_entries(path_, {.user = kTheirs});
  ASSERT_TRUE(removed.has_value()) << removed.error().message();
  EXPECT_EQ(*removed, 1U);
  EXPECT_EQ(with_canary(path_), std::vector<std::string>());
}

TEST_F(ForgetTest, WhereThereIsNoLedgerThereIsNothingToForget) {
  EXPECT_EQ(forget_entries(path_, {.user = 1}).error().code(), base::ErrorCode::kNotFound);
  EXPECT_FALSE(fs::exists(path_));
}

TEST_F(ForgetTest, FeedbackAndItsEntriesAreOverwrittenOnTheDisk) {
  auto opened = open_feedback_store(path_);
  ASSERT_TRUE(opened.has_value());
  ledger::FeedbackStore& store = **opened;
  for (const ledger::Entry& about : mixture(400)) {
    ledger::Feedback feedback;
    feedback.id = ids_.next(kNow);
    feedback.decision = about.id;
    const bool annotator = rng_.below(3) == 0;
    feedback.who = annotator ? kCanary : "ada";
    if (annotator || about.user == kTheirs) {
      feedback.comment = kCanary;
      feedback.idempotency_key = std::string(kCanary) + std::to_string(rng_.next());
      ASSERT_TRUE(store.lease(about.id, kCanary, kNow, kNow + std::chrono::hours(1)).has_value());
    }
    ASSERT_TRUE(store.add(feedback, about).has_value());
  }
  ASSERT_FALSE(with_canary(path_).empty());
  EXPECT_GT(store.forget({.user = kTheirs}).value(), 0U);
  EXPECT_GT(store.forget({.who = std::string(kCanary)}).value(), 0U);
  EXPECT_EQ(with_canary(path_), std::vector<std::string>());
  std::size_t left = 0;
  ASSERT_TRUE(store.scan([&](const auto&, const auto&) { return ++left > 0; }).has_value());
  EXPECT_GT(left, 100U);
}

}  // namespace
}  // namespace pointsman::ledger_sqlite
