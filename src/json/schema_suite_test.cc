// The JSON-Schema-Test-Suite: every verdict, no prefix of a valid instance given up, and how early invalid ones are.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "json/incremental_scanner.h"
#include "json/prefix_validator.h"
#include "support/schema_suite.h"

namespace pointsman::json {
namespace {

namespace fs = std::filesystem;
using testing::SchemaCase;
using testing::Spelling;

struct Remotes {
  std::vector<std::pair<std::string, std::string>> texts;
  std::vector<SchemaText> views;
};

const Remotes& remotes() {
  static const Remotes all = [] {
    Remotes found;
    const fs::path root = testing::schema_suite_directory() / "remotes";
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      if (entry.path().extension() != ".json") continue;
      found.texts.emplace_back("http://localhost:1234/" + fs::relative(entry.path(), root).generic_string(),
                               testing::whole_file(entry.path()));
    }
    for (const auto& [uri, text] : found.texts) found.views.push_back({uri, text});
    return found;
  }();
  return all;
}

struct Run {
  Prospect end = Prospect::kOpen;
  std::size_t given_up_at = 0;  // bytes read when the validator gave up
};

Run run(const std::shared_ptr<const Schema>& schema, std::string_view text, std::size_t step) {
  PrefixValidator validator(schema);
  IncrementalScanner<PrefixValidator> scanner(validator);
  Run result;
  std::size_t fed = 0;
  while (fed < text.size() && validator.prospect() != Prospect::kImpossible) {
    EXPECT_TRUE(scanner.feed(text.substr(fed, step))) << text;
    fed = std::min(text.size(), fed + step);
  }
  scanner.finish();
  result.end = validator.prospect();
  result.given_up_at = fed;
  return result;
}

// What we know we do not do: "draft/keyword/case".
const std::set<std::string>& expected_gaps() {
  // Nothing is fetched and no meta-schema is built in; the caller's list could bring it.
  static const std::set<std::string> gaps = {
      "draft7/definitions/validate definition against metaschema",
      "draft7/ref/remote ref, containing refs itself",
      "draft2020-12/defs/validate definition against metaschema",
      "draft2020-12/ref/remote ref, containing refs itself",
  };
  return gaps;
}

struct Tally {
  std::size_t passed = 0;
  std::size_t all = 0;
};

struct Report {
  std::map<std::string, Tally> by_keyword;
  std::set<std::string> failed;
  std::vector<double> share_read;  // of invalid instances, when they were given up
  std::size_t valid_texts = 0;
};

// One instance in all spellings. Each valid prefix must stay open; each invalid text must be given up by its end.
bool holds(const std::shared_ptr<const Schema>& schema, const SchemaCase::Instance& instance, Report& report) {
  bool good = true;
  std::set<std::string> texts = {instance.text};
  for (const Spelling spelling : {Spelling::kCompact, Spelling::kSpaced, Spelling::kEscaped}) {
    texts.insert(testing::spelt(instance.text, spelling));
  }
  for (const std::string& text : texts) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{4}, text.size()}) {
      const Run result = run(schema, text, std::max<std::size_t>(step, 1));
      good = good && result.end == (instance.valid ? Prospect::kComplete : Prospect::kImpossible);
      if (!instance.valid && step == 1 && text == *texts.begin()) {
        report.share_read.push_back(static_cast<double>(result.given_up_at) / static_cast<double>(text.size()));
      }
    }
    report.valid_texts += instance.valid ? 1 : 0;
  }
  return good;
}

Report judge(const std::string& draft) {
  Report report;
  const std::string dialect = draft == "draft7" ? "http://json-schema.org/draft-07/schema#" : "";
  for (const SchemaCase& one : testing::schema_cases(draft)) {
    std::string text = one.schema;
    if (!dialect.empty() && text.starts_with('{') && text.find("\"$schema\"") == std::string::npos) {
      const bool empty = text.find_first_not_of(" \n\r\t", 1) == text.size() - 1;
      text.insert(1, "\"$schema\":\"" + dialect + (empty ? "\"" : "\","));
    }
    const auto schema = Schema::compile(text, {.others = remotes().views});
    Tally& tally = report.by_keyword[one.keyword];
    for (const SchemaCase::Instance& instance : one.instances) {
      const bool good = schema && holds(*schema, instance, report);
      ++tally.all;
      if (good) ++tally.passed;
      const std::string name = draft + "/" + one.keyword + "/" + one.description;
      if (good) continue;
      report.failed.insert(name);
      if (expected_gaps().contains(name)) continue;
      ADD_FAILURE() << name << ": " << instance.description << "\n"
                    << text << "\n"
                    << instance.text << " should be " << (instance.valid ? "valid" : "invalid")
                    << (schema ? "" : "; " + schema.error().place() + ": " + schema.error().message());
    }
  }
  return report;
}

class SchemaSuite : public ::testing::TestWithParam<const char*> {};

TEST_P(SchemaSuite, GivesTheVerdictsOfTheSuiteAndNoPrefixOfAValidInstanceUp) {
  const std::string draft = GetParam();
  if (!fs::exists(testing::schema_suite_directory() / "tests" / draft)) {
    GTEST_SKIP() << "no JSON-Schema-Test-Suite at " << testing::schema_suite_directory() << " (set POINTSMAN_DATA)";
  }
  Report report = judge(draft);
  Tally total;
  std::string table;
  for (const auto& [keyword, tally] : report.by_keyword) {
    table += fmt::format("\n  {}: {} of {}", keyword, tally.passed, tally.all);
    total.passed += tally.passed;
    total.all += tally.all;
  }
  ASSERT_FALSE(report.share_read.empty());
  std::ranges::sort(report.share_read);
  GTEST_LOG_(INFO) << fmt::format(
      "{}: {} of {}; invalid instances given up at {:.0f} % of their bytes (median), {} spellings of valid ones{}",
      draft, total.passed, total.all, report.share_read[report.share_read.size() / 2] * 100, report.valid_texts, table);
  EXPECT_GE(static_cast<double>(total.passed), 0.98 * static_cast<double>(total.all));
  for (const std::string& gap : expected_gaps()) {
    if (gap.starts_with(draft + "/")) EXPECT_TRUE(report.failed.contains(gap)) << gap << " is no gap any more";
  }
}

INSTANTIATE_TEST_SUITE_P(Drafts, SchemaSuite, ::testing::Values("draft7", "draft2020-12"), [](const auto& which) {
  return std::string(which.param) == "draft7" ? "Draft7" : "Draft2020";
});

}  // namespace
}  // namespace pointsman::json
