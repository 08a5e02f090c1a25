// One thing wrong with a configuration, for the person who must put it right; and the collector of all of them.
// Messages never contain secrets: what is quoted is the text of the file before interpolation.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace pointsman::config {

// Counted from 1; line 0 means the whole file.
struct Mark {
  int line = 0;
  int column = 0;
  auto operator<=>(const Mark&) const = default;
};

struct Problem {
  std::string file;
  Mark mark;
  std::string key;      // "providers.openai.api_key"; empty for the file itself
  std::string message;  // "what is wrong; what to write instead"

  // "pointsman.yaml:3:5: limits.max_body: what is wrong; what to write instead"
  std::string to_string() const;
};

// Collects up to kMax problems; what comes after is counted, not kept.
class Problems {
 public:
  static constexpr std::size_t kMax = 2'000;

  explicit Problems(std::string file) : file_(std::move(file)) {}
  void add(Mark mark, std::string_view key, std::string message);
  bool empty() const { return all_.empty(); }
  // What is added now is only counted: no need to look for suggestions.
  bool full() const { return all_.size() == kMax; }
  const std::string& file() const { return file_; }
  // Sorted by position; says so at the end when some were left out. The collector is empty afterwards.
  std::vector<Problem> take();

 private:
  std::string file_;
  std::vector<Problem> all_;
  std::size_t left_out_ = 0;
};

// `"text"`, shortened and with control characters replaced: safe to print.
std::string quoted(std::string_view text);
// `; did you mean "a"?` or `; known are: a, b, c` when nothing is near.
std::string hint_for(std::string_view wrong, const std::vector<std::string>& known);

}  // namespace pointsman::config
