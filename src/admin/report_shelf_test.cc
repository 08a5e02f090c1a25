#include "admin/report_shelf.h"

#include <gtest/gtest.h>

namespace pointsman::admin {
namespace {

using std::chrono::seconds;

base::MonoTime at(int second) {
  return base::MonoTime(seconds(1000 + second));
}

TEST(ReportShelf, GivesWhatIsFresh) {
  ReportShelf shelf;
  shelf.keep("a", "1", at(0));
  EXPECT_EQ(shelf.find("a", seconds(5), at(4)), "1");
  EXPECT_FALSE(shelf.find("a", seconds(5), at(5)).has_value());
  EXPECT_FALSE(shelf.find("b", seconds(5), at(0)).has_value());
}

TEST(ReportShelf, KeepsTheLatestUnderAName) {
  ReportShelf shelf;
  shelf.keep("a", "1", at(0));
  shelf.keep("a", "2", at(3));
  EXPECT_EQ(shelf.find("a", seconds(5), at(6)), "2");
}

TEST(ReportShelf, ForgetsTheOldestBeyondItsRoom) {
  ReportShelf shelf;
  for (std::size_t i = 0; i <= ReportShelf::kMost; ++i) shelf.keep(std::to_string(i), "x", at(0));
  EXPECT_FALSE(shelf.find("0", seconds(5), at(0)).has_value());
  EXPECT_TRUE(shelf.find("1", seconds(5), at(0)).has_value());
  shelf.keep("long", std::string(ReportShelf::kLongest, 'x'), at(0));
  EXPECT_FALSE(shelf.find("long", seconds(5), at(0)).has_value());
}

}  // namespace
}  // namespace pointsman::admin
