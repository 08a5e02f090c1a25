#include "wire/nesting.h"

#include <gtest/gtest.h>

namespace pointsman::wire {
namespace {

TEST(NestsDeeper, CountsWhatIsOpenAtTheSameTime) {
  EXPECT_FALSE(nests_deeper("[]", 1));
  EXPECT_TRUE(nests_deeper("[]", 0));
  EXPECT_FALSE(nests_deeper(R"([[1],{"a":[2]},[3]])", 3));
  EXPECT_TRUE(nests_deeper(R"([[1],{"a":[2]},[3]])", 2));
  EXPECT_FALSE(nests_deeper("7", 0));
}

TEST(NestsDeeper, DoesNotCountWhatStandsInStrings) {
  EXPECT_FALSE(nests_deeper(R"(["[[[{{\"[[\\"])", 1));
  EXPECT_FALSE(nests_deeper(R"({"a\"[{":"\\","b":[]})", 2));
  EXPECT_TRUE(nests_deeper(R"({"a\"[{":"\\","b":[]})", 1));
}

}  // namespace
}  // namespace pointsman::wire
