#include "simulate/plain_request.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace pointsman::simulate {
namespace {

constexpr std::array<std::string_view, 9> kIrrelevant = {
    "temperature", "top_p", "presence_penalty", "frequency_penalty", "user",
    "seed",        "store", "metadata",         "service_tier"};

class Scanner {
 public:
  explicit Scanner(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool take(char c) {
    skip_space();
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  bool at_end() {
    skip_space();
    return at_ == end_;
  }

  // A string without escapes, behind its opening quote.
  std::optional<std::string_view> plain_string() {
    const char* const begin = at_;
    if (!skip_string()) return std::nullopt;
    const std::string_view text(begin, static_cast<std::size_t>(at_ - begin) - 1);
    if (text.find('\\') != std::string_view::npos) return std::nullopt;
    return text;
  }

  // The value that begins here, whatever it is.
  std::optional<std::string_view> value() {
    skip_space();
    const char* const begin = at_;
    int depth = 0;
    while (at_ != end_) {
      const char c = *at_;
      if (depth == 0 && (c == ',' || c == '}')) break;
      ++at_;
      if (c == '"' && !skip_string()) return std::nullopt;
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && --depth < 0) return std::nullopt;
    }
    if (depth != 0 || at_ == begin) return std::nullopt;
    const char* last = at_;
    while (last != begin && (last[-1] == ' ' || last[-1] == '\n' || last[-1] == '\r' || last[-1] == '\t')) --last;
    return std::string_view(begin, static_cast<std::size_t>(last - begin));
  }

 private:
  void skip_space() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }
  // To behind the closing quote.
  bool skip_string() {
    const char* const begin = at_;
    for (;;) {
      const auto* quote = static_cast<const char*>(std::memchr(at_, '"', static_cast<std::size_t>(end_ - at_)));
      if (quote == nullptr) return false;
      at_ = quote + 1;
      const char* slash = quote;
      while (slash != begin && slash[-1] == '\\') --slash;
      if ((quote - slash) % 2 == 0) return true;
    }
  }

  const char* at_;
  const char* end_;
};

}  // namespace

std::optional<PlainRequest> scan_plain_request(std::string_view body) {
  Scanner scan(body);
  PlainRequest found;
  bool messages = false;
  if (!scan.take('{')) return std::nullopt;
  do {
    if (!scan.take('"')) return std::nullopt;
    const auto key = scan.plain_string();
    if (!key || !scan.take(':')) return std::nullopt;
    const auto value = scan.value();
    if (!value) return std::nullopt;
    if (*key == "model") {
      if (value->size() < 3 || value->front() != '"' || value->find('\\') != std::string_view::npos)
        return std::nullopt;
      found.model = value->substr(1, value->size() - 2);
    } else if (*key == "messages") {
      messages = value->size() > 2 && value->front() == '[';
    } else if (*key == "stream") {
      if (*value != "true" && *value != "false") return std::nullopt;
      found.stream = *value == "true";
    } else if (std::ranges::find(kIrrelevant, *key) == kIrrelevant.end()) {
      return std::nullopt;
    }
  } while (scan.take(','));
  if (!scan.take('}') || !scan.at_end() || found.model.empty() || !messages) return std::nullopt;
  return found;
}

}  // namespace pointsman::simulate
