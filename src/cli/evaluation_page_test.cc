#include "cli/evaluation_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "cli/svg_plot.h"

namespace pointsman::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kHostile = "<script>alert('x')</script>\"&";

// Every tag of `page` in order: "p" opens, "/p" closes, "br/" does both.
std::vector<std::string> tags_of(std::string_view page) {
  std::vector<std::string> out;
  for (std::size_t at = page.find('<'); at != std::string_view::npos; at = page.find('<', at + 1)) {
    const std::size_t end = page.find('>', at);
    const std::string_view inside = page.substr(at + 1, end - at - 1);
    EXPECT_EQ(inside.find('<'), std::string_view::npos) << inside;
    std::string name(inside.substr(0, inside.find_first_of(" \n/", 1)));
    if (inside.ends_with('/')) name += '/';
    out.push_back(name);
  }
  return out;
}

void expect_balanced(std::string_view page) {
  const std::set<std::string> void_tags{"!doctype", "meta"};
  std::vector<std::string> open;
  for (const std::string& tag : tags_of(page)) {
    if (tag.ends_with('/') || void_tags.contains(tag)) continue;
    if (!tag.starts_with('/')) {
      open.push_back(tag);
      continue;
    }
    ASSERT_FALSE(open.empty()) << tag;
    ASSERT_EQ("/" + open.back(), tag);
    open.pop_back();
  }
  EXPECT_TRUE(open.empty());
}

struct Judged {
  learn::Dataset data;
  learn::Evaluation evaluation;

  std::string page(std::string_view model = "m.pm") const {
    return evaluation_page({model, std::string(64, 'a'), "test.jsonl", data, evaluation});
  }
};

// `categories` of which the second is hostile; every fifth example is taken for the next category.
Judged judged(std::size_t categories, std::size_t examples) {
  Judged out;
  std::vector<std::string> names;
  for (std::size_t c = 0; c < categories; ++c) names.push_back(c == 1 ? kHostile : "category " + std::to_string(c));
  std::vector<float> probabilities;
  std::vector<std::uint32_t> truth;
  for (std::size_t i = 0; i < examples; ++i) {
    truth.push_back(static_cast<std::uint32_t>(i % categories));
    const std::size_t said = i % 5 == 0 ? (i + 1) % categories : i % categories;
    for (std::size_t c = 0; c < categories; ++c)
      probabilities.push_back(c == said ? 0.5F + 0.004F * static_cast<float>(i % 100) : 0);
    out.data.examples.push_back({.text = kHostile, .category = names[truth.back()], .line = i + 1});
  }
  out.evaluation = learn::evaluate_predictions(names, probabilities, categories, truth);
  out.evaluation.outside = 1;
  out.evaluation.outside_bins[3] = 1;
  out.evaluation.outside_surest = {0};
  return out;
}

TEST(EvaluationPage, EscapesWhateverNamesAndTextsHold) {
  const std::string page = judged(3, 200).page(kHostile);
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("alert('x')")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;"));
  expect_balanced(page);
}

TEST(EvaluationPage, NeedsNothingFromElsewhere) {
  const std::string page = judged(4, 100).page();
  for (const char* one : {"http://", "https://", "src=", "href=", "url(", "@import", "<link"}) {
    EXPECT_THAT(page, Not(HasSubstr(one)));
  }
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, HasSubstr("prefers-color-scheme: dark"));
}

TEST(EvaluationPage, HasEveryPictureWithItsNumbers) {
  const std::string page = judged(4, 100).page();
  for (const char* one : {"<h2>Calibration</h2>", "<h2>Risk and coverage</h2>", "<h2>Confidence</h2>",
                          "<h2>Confusion</h2>", "<h2>Categories</h2>", "<h2>Mistakes</h2>"}) {
    EXPECT_THAT(page, HasSubstr(one));
  }
  const auto tags = tags_of(page);
  EXPECT_EQ(std::ranges::count(tags, "details"), 4);
  EXPECT_THAT(page, HasSubstr("(low sample)"));
  EXPECT_THAT(page, HasSubstr("<small>line 1</small>"));
}

TEST(EvaluationPage, ShowsTheMostMistakenOfManyCategories) {
  const std::string page = judged(60, 300).page();
  EXPECT_THAT(page, HasSubstr("The 16 categories with the most mistakes."));
  expect_balanced(page);
}

TEST(EvaluationPage, LivesWithoutAnyJudgedExample) {
  Judged none;
  none.evaluation = learn::evaluate_predictions({"a", "b"}, {}, 2, {});
  const std::string page = none.page();
  expect_balanced(page);
  EXPECT_THAT(page, Not(HasSubstr("nan")));
}

TEST(SvgPlot, PutsPointsWhereTheyBelong) {
  SvgPlot plot("a plot", {.label = "x"}, {.label = "y", .high = 10, .percent = false});
  const std::vector<PlotPoint> points{{0, 0}, {1, 10}, {2, 20}};
  plot.line(points, "curve");
  const std::string svg = plot.finish();
  EXPECT_THAT(svg, HasSubstr("points=\"58.0,274.0 442.0,10.0 442.0,10.0\"")) << "what is beyond the axes lies on them";
  EXPECT_THAT(svg, HasSubstr(">100 %</text>"));
  EXPECT_THAT(svg, HasSubstr(">10</text>"));
}

TEST(SvgPlot, RoundsUpToNumbersPeopleLike) {
  EXPECT_DOUBLE_EQ(round_up_nicely(0.013), 0.02);
  EXPECT_DOUBLE_EQ(round_up_nicely(0.05), 0.05);
  EXPECT_DOUBLE_EQ(round_up_nicely(73), 100);
  EXPECT_DOUBLE_EQ(round_up_nicely(5), 5);
  EXPECT_DOUBLE_EQ(round_up_nicely(0), 1);
}

}  // namespace
}  // namespace pointsman::cli
