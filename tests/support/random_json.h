// Documents drawn at random, for tests of readers of growing texts: every kind of value, odd spacing, every kind of
// escape and of character, sometimes repeated names. The same seed gives the same document. Header-only; for tests.
#pragma once

#include <random>
#include <string>
#include <string_view>

namespace pointsman::testing {

class RandomJson {
 public:
  explicit RandomJson(unsigned seed) : random_(seed) {}

  // A document of about `parts` values.
  std::string document(int parts) {
    left_ = parts;
    out_.clear();
    value(0);
    return out_;
  }
  // Names are drawn from a few, so that some are there twice in an object; or else numbered.
  bool repeat_names = false;

 private:
  unsigned draw(unsigned below) { return static_cast<unsigned>(random_() % below); }
  void space() {
    static constexpr std::string_view kSpaces[] = {"", "", "", "", " ", "\n  ", "\t"};
    out_ += kSpaces[draw(7)];
  }

  void value(int depth) {
    --left_;
    space();
    const unsigned kind = draw(depth == 0 ? 2 : depth > 12 ? 4 : 9);
    if (depth == 0 || kind >= 6) {
      container(kind % 2 == 0, depth);
    } else if (kind == 2 || kind == 3) {
      static constexpr std::string_view kScalars[] = {
          "0", "-0", "7", "12345678901234567890", "-1.50", "1e5", "2.5E-3", "0.1e+10", "true", "false", "null"};
      out_ += kScalars[draw(11)];
    } else {
      string();
    }
    space();
  }

  void container(bool object, int depth) {
    out_ += object ? '{' : '[';
    space();
    const unsigned most = depth == 0 ? 1000 : draw(6);
    for (unsigned i = 0; i < most && left_ > 0; ++i) {
      if (i > 0) out_ += ',';
      space();
      if (object) name(i);
      value(depth + 1);
    }
    out_ += object ? '}' : ']';
  }

  void name(unsigned index) {
    static constexpr std::string_view kFew[] = {"\"a\"", "\"\\u0061\"", "\"b/~\"", "\"\"", "\"__proto__\"", "\"1\""};
    static constexpr std::string_view kEndings[] = {"\"", "-\\n\"", "\xC3\xA9\"", "\\ud83d\\ude00\""};
    if (repeat_names) {
      out_ += kFew[draw(6)];
    } else {
      out_ += "\"k" + std::to_string(index);
      out_ += kEndings[draw(4)];
    }
    space();
    out_ += ':';
  }

  void string() {
    static constexpr std::string_view kParts[] = {"plain",
                                                  " words, and { [ : signs",
                                                  "\\n",
                                                  "\\\"",
                                                  "\\\\",
                                                  "\\/",
                                                  "\\b\\f\\r\\t",
                                                  "\\u00e9",
                                                  "\\u0000",
                                                  "\\ud83d\\ude00",
                                                  "\\uD800",
                                                  "\\udc00",
                                                  "\\ud83d\\ud83d\\ude00",
                                                  "\xC3\xA9",
                                                  "\xE2\x82\xAC",
                                                  "\xF0\x9F\x98\x80",
                                                  "\x7F",
                                                  "\xE2\x80\xA8",
                                                  "\\u2028"};
    out_ += '"';
    for (unsigned parts = draw(6); parts > 0; --parts) out_ += kParts[draw(19)];
    out_ += '"';
  }

  std::mt19937 random_;
  std::string out_;
  int left_ = 0;
};

}  // namespace pointsman::testing
