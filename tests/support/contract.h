// What all tests have in common that every driver of a seam must pass.
//
// For tests; one thread. A driver that may be missing on this machine (a server that is not installed) says so by a
// static missing(), whose text is then the reason for which its tests are skipped.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "base/result.h"

namespace pointsman::test {

template <class Driver>
class Contract : public testing::Test {
 protected:
  void SetUp() override {
    if constexpr (requires { Driver::missing(); }) {
      if (const std::string why = Driver::missing(); !why.empty()) GTEST_SKIP() << why;
    }
  }

  Driver driver_;
};

// The value, or a failure of the test and an empty one.
template <class T>
T opened(base::Result<T> made) {
  if (made) return std::move(*made);
  ADD_FAILURE() << made.error().message();
  return T();
}

}  // namespace pointsman::test
