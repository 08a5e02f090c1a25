// The page about pairs of protocols says what the golden cases say, and nothing else.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "support/pairs_document.h"

namespace pointsman::wire {
namespace {

// Set POINTSMAN_UPDATE_DOCS=1 to write the page instead of comparing it.
TEST(Documentation, MatchesTheGoldenPairs) {
  const std::string path = std::string(POINTSMAN_SOURCE_DIR) + "/docs/protocol-pairs.md";
  const std::string page = testing::PairsPage().text();
  if (std::getenv("POINTSMAN_UPDATE_DOCS") != nullptr) std::ofstream(path, std::ios::binary) << page;
  EXPECT_EQ(testing::GoldenFile::slurp(path), page) << "run wire_test with POINTSMAN_UPDATE_DOCS=1 to write " << path;
}

TEST(GoldenCases, AreReadAsTheyAreWritten) {
  for (const std::string group : {"content", "tools", "settings", "answers", "streams"}) {
    const std::string path = testing::golden_path(group);
    EXPECT_EQ(testing::GoldenFile(path).to_string(), testing::GoldenFile::slurp(path)) << group;
  }
}

// A verdict is somebody's word: here, that it does not contradict the losses.
TEST(GoldenCases, NeverCallCarriedWhatHasALoss) {
  for (const std::string group : {"content", "tools", "settings", "answers", "streams"}) {
    for (const testing::GoldenCase& one : testing::GoldenFile(testing::golden_path(group)).cases) {
      for (const testing::GoldenSource& source : one.sources) {
        EXPECT_EQ(source.whole.size(), 2U) << group << ", " << one.feature;
        for (const auto* all : {&source.whole, &source.streamed}) {
          for (const auto& [to, wanted] : *all) {
            EXPECT_TRUE(testing::is_possible(wanted)) << group << ", " << one.feature << ", to " << to;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace pointsman::wire
