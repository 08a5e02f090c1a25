// docs/confidence.md shows output of the commands: its wording must be what they say. Numbers may differ.
#include <gtest/gtest.h>

#include <sstream>

#include "support/command_line.h"

namespace pointsman::cli {
namespace {

// Runs of spaces as one: columns are as wide as what is in them.
std::string squeezed(const std::string& text) {
  std::istringstream words(text);
  std::string out;
  for (std::string word; words >> word;) out += (out.empty() ? "" : " ") + word;
  return out;
}

// The lines of blocks without a language that hold no number.
std::vector<std::string> quoted_wording(const std::string& document) {
  std::vector<std::string> out;
  std::istringstream lines(document);
  bool inside = false;
  bool plain = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) {
      inside = !inside;
      plain = line == "```";
      continue;
    }
    const bool wording = line.find_first_of("0123456789") == std::string::npos && !line.empty();
    if (inside && plain && wording) out.push_back(squeezed(line));
  }
  return out;
}

TEST(ConfidenceDocument, QuotesWhatTheCommandsSay) {
  test::CommandLine line;
  const test::TemporaryDirectory directory;
  const std::string model = directory.file("desk.pmm");
  const std::string desk = std::string(POINTSMAN_SOURCE_DIR) + "/examples/support-desk/";
  const test::Ran trained =
      line.run({"train", desk + "train.jsonl", "-o", model, "--threads", "1", "--effort", "fast"});
  ASSERT_EQ(trained.code, kOk) << trained.err;
  const test::Ran classified = line.run({"classify", "--model", model, "someone took money from my card"});
  ASSERT_EQ(classified.code, kOk) << classified.err;
  std::string said;
  std::istringstream lines(trained.out + classified.out);
  for (std::string one; std::getline(lines, one);) said += squeezed(one) + "\n";
  const auto quoted = quoted_wording(test::get(std::string(POINTSMAN_SOURCE_DIR) + "/docs/confidence.md"));
  EXPECT_GE(quoted.size(), 5U);
  for (const std::string& one : quoted) EXPECT_NE(said.find(one + "\n"), std::string::npos) << one;
}

}  // namespace
}  // namespace pointsman::cli
