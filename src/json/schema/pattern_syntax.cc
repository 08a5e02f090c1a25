// ECMA-262 regular expressions (22.2.1, with the `u` flag and the leniency of annex B) in the syntax of RE2.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "json/schema/pattern.h"
#include "json/text.h"

namespace pointsman::json::schema {
namespace {

// ECMA-262, 12.2 and 12.3: WhiteSpace and LineTerminator; what is not among them; what '.' matches.
constexpr std::string_view kSpace =
    R"(\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff})";
constexpr std::string_view kNoSpace =
    R"(\x{0}-\x{8}\x{e}-\x{1f}\x{21}-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027}\x{202a}-\x{202e})"
    R"(\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{fefe}\x{ff00}-\x{10ffff})";
constexpr std::string_view kDot = R"([^\n\r\x{2028}\x{2029}])";
constexpr std::string_view kAnything = R"([\x{0}-\x{10ffff}])";
constexpr std::string_view kNothing = R"([^\x{0}-\x{10ffff}])";

// General categories by their long names (Unicode, PropertyValueAliases.txt).
struct Category {
  std::string_view long_name;
  std::string_view short_name;
};
constexpr std::array kCategories = {Category{"Letter", "L"},
                                    Category{"Uppercase_Letter", "Lu"},
                                    Category{"Lowercase_Letter", "Ll"},
                                    Category{"Titlecase_Letter", "Lt"},
                                    Category{"Modifier_Letter", "Lm"},
                                    Category{"Other_Letter", "Lo"},
                                    Category{"Mark", "M"},
                                    Category{"Nonspacing_Mark", "Mn"},
                                    Category{"Spacing_Mark", "Mc"},
                                    Category{"Enclosing_Mark", "Me"},
                                    Category{"Number", "N"},
                                    Category{"Decimal_Number", "Nd"},
                                    Category{"digit", "Nd"},
                                    Category{"Letter_Number", "Nl"},
                                    Category{"Other_Number", "No"},
                                    Category{"Punctuation", "P"},
                                    Category{"punct", "P"},
                                    Category{"Connector_Punctuation", "Pc"},
                                    Category{"Dash_Punctuation", "Pd"},
                                    Category{"Open_Punctuation", "Ps"},
                                    Category{"Close_Punctuation", "Pe"},
                                    Category{"Initial_Punctuation", "Pi"},
                                    Category{"Final_Punctuation", "Pf"},
                                    Category{"Other_Punctuation", "Po"},
                                    Category{"Symbol", "S"},
                                    Category{"Math_Symbol", "Sm"},
                                    Category{"Currency_Symbol", "Sc"},
                                    Category{"Modifier_Symbol", "Sk"},
                                    Category{"Other_Symbol", "So"},
                                    Category{"Separator", "Z"},
                                    Category{"Space_Separator", "Zs"},
                                    Category{"Line_Separator", "Zl"},
                                    Category{"Paragraph_Separator", "Zp"},
                                    Category{"Other", "C"},
                                    Category{"Control", "Cc"},
                                    Category{"cntrl", "Cc"},
                                    Category{"Format", "Cf"},
                                    Category{"Private_Use", "Co"}};

class Translator {
 public:
  explicit Translator(std::string_view ecma) : in_(ecma) {}

  base::Result<std::string> run() {
    while (at_ < in_.size() && unsupported_.empty()) token();
    if (!unsupported_.empty()) {
      return base::fail(base::ErrorCode::kUnsupported, unsupported_, base::Origin::kClient);
    }
    return std::move(out_);
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < in_.size() ? in_[at_ + ahead] : '\0'; }
  bool skip(std::string_view what) {
    if (!in_.substr(at_).starts_with(what)) return false;
    at_ += what.size();
    return true;
  }
  void refuse(std::string_view what) {
    if (unsupported_.empty()) unsupported_ = what;
  }
  void code_point(std::uint32_t value) { out_ += fmt::format("\\x{{{:x}}}", value); }

  void token() {
    const char c = in_[at_++];
    switch (c) {
      case '\\':
        escape(false);
        break;
      case '[':
        character_class();
        break;
      case '(':
        group();
        break;
      case '.':
        out_ += kDot;
        break;
      case ']':
        out_ += "\\]";
        break;
      case '{':
        out_ += c;
        count();
        break;
      default:
        out_ += c;
    }
  }

  // RE2 takes {02} for the text, ECMA-262 for a number; what is no count is text for both.
  void count() {
    const std::string_view inside = in_.substr(at_, std::min(in_.find('}', at_), in_.size()) - at_);
    if (at_ + inside.size() == in_.size() || inside.find_first_not_of("0123456789,") != std::string_view::npos) return;
    const std::size_t comma = std::min(inside.find(','), inside.size());
    if (comma == 0 || inside.find(',', comma + 1) != std::string_view::npos) return;
    out_ += without_zeros(inside.substr(0, comma));
    if (comma < inside.size()) {
      out_ += ',';
      out_ += without_zeros(inside.substr(comma + 1));
    }
    at_ += inside.size();
  }
  static std::string_view without_zeros(std::string_view digits) {
    if (digits.empty()) return digits;
    return digits.substr(std::min(digits.find_first_not_of('0'), digits.size() - 1));
  }

  void group() {
    if (skip("?=") || skip("?!") || skip("?<=") || skip("?<!")) return refuse("lookaround");
    if (skip("?<")) {
      while (peek() != '>' && at_ < in_.size()) ++at_;
      ++at_;
    } else if (!skip("?:") && peek() == '?') {
      return refuse("a group with modifiers");
    }
    out_ += "(?:";
  }

  void character_class() {
    const bool negated = skip("^");
    if (skip("]")) {
      out_ += negated ? kAnything : kNothing;
      return;
    }
    out_ += negated ? "[^" : "[";
    while (at_ < in_.size() && peek() != ']') {
      const char c = in_[at_++];
      if (c == '\\') {
        escape(true);
      } else if (c == '[') {
        out_ += "\\[";
      } else {
        out_ += c;
      }
    }
    if (!skip("]")) refuse("a class without its end");
    out_ += ']';
  }

  void escape(bool in_class) {
    if (at_ == in_.size()) return refuse("a backslash at the end");
    const char c = in_[at_++];
    if (std::string_view("dDwWnrtfv").contains(c)) {
      out_ += '\\';
      out_ += c;
      return;
    }
    switch (c) {
      case 's':
      case 'S':
        out_ += in_class ? "" : "[";
        out_ += c == 's' ? kSpace : kNoSpace;
        out_ += in_class ? "" : "]";
        return;
      case 'b':
        return in_class ? code_point(8) : void(out_ += "\\b");
      case 'B':
        return in_class ? refuse("\\B in a class") : void(out_ += "\\B");
      case 'u':
        return unicode();
      case 'x':
        return hexadecimal(2);
      case 'c':
        return control();
      case 'p':
      case 'P':
        return property(c);
      default:
        return other_escape(c);
    }
  }

  void other_escape(char c) {
    const bool digit_next = peek() >= '0' && peek() <= '9';
    if (c == '0' && !digit_next) return code_point(0);
    if (c >= '0' && c <= '9') return refuse("a back reference");
    if (c == 'k') return refuse("a back reference");
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter) return refuse(fmt::format("the escape \\{}", c));
    if (static_cast<unsigned char>(c) >= 0x80) {
      out_ += c;  // the rest of the character follows
    } else {
      code_point(static_cast<std::uint32_t>(c));
    }
  }

  // `digits` hexadecimal digits; -1 without moving if they are not there.
  std::int32_t hex(std::size_t digits) {
    std::int32_t value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      const int digit = hex_digit(peek(i));
      if (digit < 0) return -1;
      value = value * 16 + digit;
    }
    at_ += digits;
    return value;
  }
  void hexadecimal(std::size_t digits) {
    const std::int32_t value = hex(digits);
    if (value < 0) return refuse("an escape without its digits");
    code_point(static_cast<std::uint32_t>(value));
  }

  void unicode() {
    if (skip("{")) {
      std::size_t digits = 0;
      while (digits < 7 && hex_digit(peek(digits)) >= 0) ++digits;
      const std::int32_t value = digits == 0 ? -1 : hex(digits);
      if (value < 0 || value > 0x10FFFF || !skip("}")) return refuse("an escape without its digits");
      return code_point(static_cast<std::uint32_t>(value));
    }
    std::int32_t value = hex(4);
    if (value < 0) return refuse("an escape without its digits");
    if (value >= 0xD800 && value < 0xDC00 && skip("\\u")) {
      const std::int32_t low = hex(4);
      if (low < 0xDC00 || low > 0xDFFF) return refuse("half of a surrogate pair");
      value = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00);
    }
    if (value >= 0xD800 && value <= 0xDFFF) return refuse("half of a surrogate pair");
    code_point(static_cast<std::uint32_t>(value));
  }

  void control() {
    const char c = peek();
    if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z')) return refuse("\\c without a letter");
    ++at_;
    code_point(static_cast<std::uint32_t>(c) % 32);
  }

  void property(char p) {
    if (!skip("{")) return refuse("a property without its name");
    const std::size_t end = in_.find('}', at_);
    if (end == std::string_view::npos) return refuse("a property without its name");
    std::string_view name = in_.substr(at_, end - at_);
    at_ = end + 1;
    for (const std::string_view prefix : {"General_Category=", "gc=", "Script=", "sc="}) {
      if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
    }
    const auto* const known = std::ranges::find(kCategories, name, &Category::long_name);
    if (known != kCategories.end()) name = known->short_name;
    if (!std::ranges::all_of(name,
                             [](char c) { return c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); })) {
      return refuse("a property we do not know");
    }
    out_ += fmt::format("\\{}{{{}}}", p, name);
  }

  std::string_view in_;
  std::size_t at_ = 0;
  std::string out_;
  std::string unsupported_;
};

}  // namespace

base::Result<std::string> to_re2(std::string_view ecma) {
  return Translator(ecma).run();
}

}  // namespace pointsman::json::schema
