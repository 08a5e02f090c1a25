#include "admin/report_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pointsman::admin {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kSavings =
    R"({"by":"route","total":{"name":"total","requests":12,"excluded":3,"cost_usd":2.5,
  "of_cost":{"discarded_usd":0.25,"classification_usd":0.125,"summaries_usd":0},"baseline_usd":10,"saved_usd":7.5,
  "saved_share":0.75,"interval_95":[0.5,0.9],"low_sample":true},
  "lines":[{"name":"<img src=x onerror=alert(1)>","requests":12,"cost_usd":2.5,"baseline_usd":10,"saved_usd":-7.5,
  "saved_share":null}],"days":[]})";
constexpr std::string_view kOverview = R"({"since":"2026-01-01T00:00:00.000000Z","until":"2026-01-08T00:00:00.000000Z",
  "requests":12,"errors":3,"fallbacks":6,"overhead_us":{"p50":100,"p95":null,"p99":null},
  "categories":[{"name":"code","requests":12,"cost_usd":null}],"models":[],"fallback_reasons":[],"step_seconds":3600,
  "points":[{"cost_usd":1,"baseline_usd":4},{"cost_usd":1.5,"baseline_usd":6}]})";
constexpr std::string_view kQuality =
    R"({"requests":12,"labels":4,"accuracy":{"value":0.75,"low":0.3,"high":0.95,"hits":3,"of":4},
  "calibration":[{"count":4,"right":3,"confidence":0.8},{"count":0,"right":0,"confidence":0}],
  "categories":[{"name":"code","support":4,"called":3,"right":3}],
  "curve":[{"threshold":0.5,"kept":10,"labelled_kept":4,"labelled_wrong":1,"cost_usd":1,"priced":10}]})";
constexpr std::string_view kFrontier =
    R"({"points":[{"name":"current","label":"this router","cost_usd":2.5,"good":3,"of":4},
  {"name":"always_strong","label":"always strong","cost_usd":10,"good":4,"of":4}],
  "curve":[{"threshold":0.5,"cost_usd":2,"quality":0.7}]})";

TEST(ReportPage, TellsTheFiguresAndRunsNothing) {
  const auto page = report_page({kSavings, kOverview, kQuality, kFrontier, "1.2.3"});
  ASSERT_TRUE(page.has_value()) << page.error().message();
  EXPECT_THAT(*page, HasSubstr("+$7.50 saved (75.0 %)"));
  EXPECT_THAT(*page, HasSubstr("between 50.0 % and 90.0 % (low sample)"));
  EXPECT_THAT(*page, HasSubstr("$0.38 went into classifying"));
  EXPECT_THAT(*page, HasSubstr("3 requests are left out"));
  EXPECT_THAT(*page, HasSubstr("<td>25.0 %</td>"));  // errors
  EXPECT_THAT(*page, HasSubstr("2026-01-01T00:00 to 2026-01-08T00:00"));
  EXPECT_THAT(*page, HasSubstr("Of 4 labelled decisions 75.0 % are right"));
  EXPECT_THAT(*page, HasSubstr("this router"));
  EXPECT_THAT(*page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(*page, Not(HasSubstr("<img")));
  EXPECT_THAT(*page, Not(HasSubstr("<script")));
  EXPECT_THAT(*page, Not(HasSubstr("http:")));
  EXPECT_THAT(*page, Not(HasSubstr("https:")));
}

TEST(ReportPage, WithoutLabelsItSaysSo) {
  const auto page =
      report_page({kSavings, kOverview,
                   R"({"requests":12,"labels":0,"accuracy":{"value":null,"low":0,"high":1,"hits":0,"of":0},
                                     "calibration":[],"categories":[],"curve":[]})",
                   kFrontier, "1.2.3"});
  ASSERT_TRUE(page.has_value()) << page.error().message();
  EXPECT_THAT(*page, HasSubstr("Nobody has labelled a decision of this period."));
  EXPECT_THAT(*page, HasSubstr("No decision of this period has been labelled."));
}

TEST(ReportPage, APartThatIsNoneOfOursIsRefused) {
  EXPECT_EQ(report_page({"{}", kOverview, kQuality, kFrontier, ""}).error().code(), base::ErrorCode::kParse);
  EXPECT_EQ(report_page({"[", kOverview, kQuality, kFrontier, ""}).error().code(), base::ErrorCode::kParse);
}

}  // namespace
}  // namespace pointsman::admin
