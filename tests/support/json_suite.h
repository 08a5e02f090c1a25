// The cases of JSONTestSuite, and ways to cut and to damage a text, for tests of readers of JSON.
// Header-only; for tests.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace pointsman::testing {

struct JsonCase {
  std::string name;
  std::string text;
};

inline std::filesystem::path json_suite_directory() {
  const char* const set = std::getenv("POINTSMAN_DATA");
  const std::filesystem::path data = set != nullptr ? set : POINTSMAN_SOURCE_DIR "/../shared/data";
  return data / "json/JSONTestSuite/test_parsing";
}

// Its files by name, those whose names begin with `prefix` ("y_", "n_", "i_"); empty if the suite is not there.
inline std::vector<JsonCase> json_suite(std::string_view prefix) {
  std::vector<JsonCase> cases;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(json_suite_directory(), none)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix)) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    cases.push_back({name, {std::istreambuf_iterator<char>(in), {}}});
  }
  std::ranges::sort(cases, {}, &JsonCase::name);
  return cases;
}

// `text` cut at random places into pieces of 1 to `longest` bytes.
inline std::vector<std::string_view> random_pieces(std::string_view text, std::size_t longest, std::mt19937& random) {
  std::vector<std::string_view> pieces;
  while (!text.empty()) {
    const std::size_t size = std::min(text.size(), random() % longest + 1U);
    pieces.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return pieces;
}

// `text` with one to three bytes changed, taken out or put in; the new bytes are such as matter to JSON.
inline std::string mutated(std::string text, std::mt19937& random) {
  static constexpr std::string_view kBytes = "{}[]\",:\\u0019eE+-.tfn dD8bB\n\x01\x80\xC3\xA9\xF0\x9F\xED\xA0\xFF";
  for (unsigned left = random() % 3U + 1; left > 0; --left) {
    const std::size_t at = random() % (text.size() + 1);
    const char byte = kBytes[random() % kBytes.size()];
    const unsigned kind = random() % 3U;
    if (kind == 0 || at == text.size()) {
      text.insert(at, 1, byte);
    } else if (kind == 1) {
      text[at] = byte;
    } else {
      text.erase(at, 1);
    }
  }
  return text;
}

}  // namespace pointsman::testing
