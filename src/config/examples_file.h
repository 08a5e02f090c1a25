// The examples of a category in a JSONL file. Pure: the content is an argument.
// Called while loading; pure but for the file source it is given.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace pointsman::config {

inline constexpr std::size_t kMaxExamplesFile = 16 * 1024 * 1024;
inline constexpr std::size_t kMaxExamples = 200'000;

// Each line is a JSON string or an object with "text" and, optionally, "category"; blank lines and lines of other
// categories are skipped. The error names the line: "line 3: ...".
std::expected<std::vector<std::string>, std::string> parse_examples(std::string_view jsonl, std::string_view category);

}  // namespace pointsman::config
