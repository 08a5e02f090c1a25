// Requests of each protocol in each other, member by member: tests/golden/pairs. What the cases say is what
// docs/protocol-pairs.md tells.
#include <gtest/gtest.h>

#include "support/golden_pairs.h"

namespace pointsman::wire {
namespace {

using testing::GoldenFile;
using testing::kWireProtocols;

class CrossRequests : public ::testing::TestWithParam<std::string> {};

TEST_P(CrossRequests, BecomeWhatTheyShould) {
  GoldenFile golden(testing::golden_path(GetParam()));
  ASSERT_FALSE(golden.cases.empty());
  for (testing::GoldenCase& one : golden.cases) {
    for (testing::GoldenSource& source : one.sources) {
      testing::for_each_target(source, [&](const auto& from, const auto& to) {
        testing::hold_against(testing::translate_request(from, to, source.body), one.feature, to, source.whole);
      });
    }
  }
  testing::conclude(golden);
}

INSTANTIATE_TEST_SUITE_P(Golden, CrossRequests, ::testing::ValuesIn(testing::kRequestGroups),
                         [](const auto& group) { return group.param; });

}  // namespace
}  // namespace pointsman::wire
