// Answers of each protocol in each other, whole and streamed: tests/golden/pairs. What the cases say is what
// docs/protocol-pairs.md tells.
#include <gtest/gtest.h>

#include "support/golden_pairs.h"

namespace pointsman::wire {
namespace {

using testing::GoldenCase;
using testing::GoldenFile;
using testing::GoldenSource;
using testing::Wanted;
using testing::WireProtocol;

TEST(CrossAnswers, BecomeWhatTheyShould) {
  GoldenFile golden(testing::golden_path("answers"));
  ASSERT_FALSE(golden.cases.empty());
  for (GoldenCase& one : golden.cases) {
    for (GoldenSource& source : one.sources) {
      testing::for_each_target(source, [&](const WireProtocol& from, const WireProtocol& to) {
        testing::hold_against(testing::translate_answer(from, to, source.body), one.feature, to, source.whole);
      });
    }
  }
  testing::conclude(golden);
}

// The source's own two forms: a case whose stream is another answer than its body proves nothing.
TEST(CrossAnswers, AreStreamedAsWhatTheyAreWhole) {
  const GoldenFile golden(testing::golden_path("answers"));
  for (const GoldenCase& one : golden.cases) {
    for (const GoldenSource& source : one.sources) {
      const WireProtocol& protocol = testing::protocol_named(source.protocol);
      EXPECT_EQ(testing::described_stream(protocol, source.stream + "\n\n"), testing::described(protocol, source.body))
          << one.feature << ", " << source.protocol;
    }
  }
}

// What the target's own readers find in the stream is what they find in the whole answer, and the losses are the same,
// unless the case says what is different.
TEST(CrossAnswers, FareAsWellWhenStreamed) {
  GoldenFile golden(testing::golden_path("answers"));
  for (GoldenCase& one : golden.cases) {
    for (GoldenSource& source : one.sources) {
      testing::for_each_target(source, [&](const WireProtocol& from, const WireProtocol& to) {
        Wanted got = testing::translate_stream(from, to, source.stream, source.stream.size());
        EXPECT_EQ(got, testing::translate_stream(from, to, source.stream, 1)) << one.feature;
        got.body = testing::described_stream(to, got.body);
        const std::string target(to.name);
        Wanted whole = source.whole[target];
        whole.body = testing::described(to, whole.body);
        whole.verdict.clear();
        const bool alike = got == whole;
        if (testing::updates_golden() && alike) source.streamed.erase(target);
        if (alike && !source.streamed.contains(target)) return;
        testing::hold_against(got, one.feature + ", streamed", to, source.streamed);
      });
    }
  }
  testing::conclude(golden);
}

TEST(CrossStreams, AreWrittenByteForByteAsTheyShould) {
  GoldenFile golden(testing::golden_path("streams"));
  ASSERT_FALSE(golden.cases.empty());
  for (GoldenCase& one : golden.cases) {
    for (GoldenSource& source : one.sources) {
      testing::for_each_target(source, [&](const WireProtocol& from, const WireProtocol& to) {
        Wanted got = testing::translate_stream(from, to, source.body, source.body.size());
        got.body.resize(got.body.find_last_not_of('\n') + 1);
        testing::hold_against(got, one.feature, to, source.whole);
      });
    }
  }
  testing::conclude(golden);
}

}  // namespace
}  // namespace pointsman::wire
