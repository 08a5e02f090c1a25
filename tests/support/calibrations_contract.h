// What every ledger must do with how models count tokens, as tests that a driver's own test program instantiates.
//
// For tests; one thread. A driver is a default-constructible type whose ledger is empty at first, with
//   std::unique_ptr<journal::Destination> destination();
//   base::Result<std::vector<ledger::KeptCalibration>> read().
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "journal/destination.h"
#include "support/contract.h"

namespace pointsman::test {

template <class Driver>
class CalibrationsContract : public Contract<Driver> {};

TYPED_TEST_SUITE_P(CalibrationsContract);

TYPED_TEST_P(CalibrationsContract, WhatIsSavedReplacesWhatWasKeptOfTheSameModelAndMeasure) {
  using Kept = std::vector<ledger::KeptCalibration>;
  const auto destination = this->driver_.destination();
  EXPECT_EQ(this->driver_.read().value(), Kept());
  ASSERT_TRUE(destination->save_calibrations({{"b", "m", "o200k", "one"}, {"a", "m", "bytes", "two"}}).has_value());
  ASSERT_TRUE(destination->save_calibrations({{"b", "m", "o200k", "0"}, {"b", "m", "o200k", "three"}}).has_value());
  ASSERT_TRUE(destination->save_calibrations({{"b", "m", "bytes", "four"}}).has_value());
  EXPECT_EQ(this->driver_.read().value(),
            (Kept{{"a", "m", "bytes", "two"}, {"b", "m", "bytes", "four"}, {"b", "m", "o200k", "three"}}));
}

REGISTER_TYPED_TEST_SUITE_P(CalibrationsContract, WhatIsSavedReplacesWhatWasKeptOfTheSameModelAndMeasure);

}  // namespace pointsman::test
