#include "learn/gate_report.h"

#include <gtest/gtest.h>

namespace pointsman::learn {
namespace {

GateReport example() {
  GateReport report;
  report.checks.push_back({.set = "golden",
                           .what = "accuracy",
                           .rows = 300,
                           .before = 0.91,
                           .after = 0.93,
                           .low = -0.03,
                           .high = 0.001,
                           .limit = 0.02});
  report.checks.push_back({.set = "labelled",
                           .what = "category bil\nling",
                           .rows = 4,
                           .limit = 0.1,
                           .verdict = CheckVerdict::kTooLittleData,
                           .missing = 16,
                           .missing_of = "bil\nling",
                           .note = "a fall of 0.3 would not be noticed"});
  return report;
}

TEST(GateReport, PassesOnlyWhenEveryCheckDoes) {
  GateReport report = example();
  EXPECT_EQ(report.verdict(), CheckVerdict::kTooLittleData);
  report.checks[0].verdict = CheckVerdict::kFailed;
  EXPECT_EQ(report.verdict(), CheckVerdict::kFailed) << "failing is worse than lacking data";
  report = example();
  report.checks[1].verdict = CheckVerdict::kNotTested;
  EXPECT_TRUE(report.promotes());
  EXPECT_FALSE(GateReport{}.promotes()) << "nothing was tested";
}

TEST(GateReport, IsATableThatSaysWhatIsMissing) {
  EXPECT_EQ(gate_table(example()),
            "set       check              rows  before   after           interval   limit  verdict          missing\n"
            "golden    accuracy            300  0.9100  0.9300  -0.0300 .. 0.0010  0.0200  passed\n"
            "labelled  category bil?ling     4  0.0000  0.0000   0.0000 .. 0.0000  0.1000  too little data       16\n"
            "too little data: labelled, category bil?ling: 16 more labels of bil?ling: a fall of 0.3 would not be "
            "noticed\n"
            "verdict: too little data\n");
}

TEST(GateReport, IsJson) {
  GateReport report = example();
  report.checks[0].look_at = {"a", "b"};
  report.checks.pop_back();
  EXPECT_EQ(report.to_json(),
            R"({"verdict":"passed","promotes":true,"checks":[{"set":"golden","what":"accuracy","rows":300,)"
            R"("before":0.91,"after":0.93,"interval":[-0.03,0.001],"limit":0.02,"verdict":"passed","missing":0,)"
            R"("look_at":["a","b"]}]})");
}

}  // namespace
}  // namespace pointsman::learn
