// Records between two threads: bounded, in order, and places that keep their memory.
#include "trace/ring.h"

#include <gmock/gmock.h>

#include <thread>

namespace pointsman::trace {
namespace {

TEST(Ring, IsEmptyThenHasWhatWasCommittedInOrder) {
  Ring ring(4);
  EXPECT_EQ(ring.front(), nullptr);
  for (int i = 0; i < 3; ++i) {
    Record* const slot = ring.slot();
    ASSERT_NE(slot, nullptr);
    slot->status = i;
    ring.commit();
  }
  for (int i = 0; i < 3; ++i) {
    ASSERT_NE(ring.front(), nullptr);
    EXPECT_EQ(ring.front()->status, i);
    ring.pop();
  }
  EXPECT_EQ(ring.front(), nullptr);
}

TEST(Ring, WhatWasNotCommittedIsNotThere) {
  Ring ring(4);
  ring.slot()->status = 7;
  EXPECT_EQ(ring.front(), nullptr);
}

TEST(Ring, RefusesWhenItIsFullAndGoesOnAfterwards) {
  Ring ring(4);
  for (int i = 0; i < 4; ++i) {
    ASSERT_NE(ring.slot(), nullptr);
    ring.commit();
  }
  EXPECT_EQ(ring.slot(), nullptr);
  ring.pop();
  EXPECT_NE(ring.slot(), nullptr);
}

TEST(Ring, PlacesKeepTheMemoryOfTheirTexts) {
  Ring ring(1);
  Record* slot = ring.slot();
  slot->decision.assign(100, 'x');
  const char* const memory = slot->decision.data();
  ring.commit();
  ring.pop();
  slot = ring.slot();
  slot->decision.assign(80, 'y');
  EXPECT_EQ(slot->decision.data(), memory);
}

TEST(Ring, CarriesEverythingFromOneThreadToAnother) {
  constexpr int kRecords = 20'000;
  Ring ring(64);
  std::thread producer([&ring] {
    for (int i = 0; i < kRecords;) {
      Record* const slot = ring.slot();
      if (slot == nullptr) {
        std::this_thread::yield();
        continue;
      }
      slot->status = i;
      slot->model = std::to_string(i);
      ring.commit();
      ++i;
    }
  });
  for (int i = 0; i < kRecords;) {
    const Record* const record = ring.front();
    if (record == nullptr) {
      std::this_thread::yield();
      continue;
    }
    ASSERT_EQ(record->status, i);
    ASSERT_EQ(record->model, std::to_string(i));
    ring.pop();
    ++i;
  }
  producer.join();
}

}  // namespace
}  // namespace pointsman::trace
