#include "text/safe_lines.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "text/utf8.h"

namespace pointsman::text {
namespace {

constexpr std::size_t kLeastColumns = 8;
constexpr int kMostMarks = 4;
constexpr std::string_view kMore = "…";

enum class Kind : std::uint8_t { kPlain, kMark, kBreak, kSpace, kControl, kInvisible, kDropped };

bool is_line_break(char32_t c) {
  return c == '\n' || c == '\r' || c == 0x0B || c == 0x0C || c == 0x85 || c == 0x2028 || c == 0x2029;
}

bool is_dropped(char32_t c) {
  return c == 0x200C || c == 0x200D || (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xE0100 && c <= 0xE01EF);
}

// Letters and marks that show nothing: Default_Ignorable_Code_Point outside of category Cf (Unicode 15, section 5.21).
bool shows_nothing(char32_t c) {
  return c == 0x034F || c == 0x115F || c == 0x1160 || c == 0x17B4 || c == 0x17B5 || (c >= 0x180B && c <= 0x180F) ||
         c == 0x3164 || c == 0xFFA0;
}

Kind kind_of(char32_t c) {
  if (c >= 0x20 && c < 0x7F) return Kind::kPlain;
  if (is_line_break(c)) return Kind::kBreak;
  if (c == '\t') return Kind::kSpace;
  if (c < 0x20 || c == 0x7F) return Kind::kControl;
  if (is_dropped(c)) return Kind::kDropped;
  if (shows_nothing(c)) return Kind::kInvisible;
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CS:
      return Kind::kInvisible;
    case UTF8PROC_CATEGORY_ZS:
      return Kind::kSpace;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
      return Kind::kMark;
    default:
      return Kind::kPlain;
  }
}

void append_utf8(std::string& out, char32_t c) {
  std::array<utf8proc_uint8_t, 4> bytes{};
  const auto length = utf8proc_encode_char(static_cast<utf8proc_int32_t>(c), bytes.data());
  for (std::size_t i = 0; i < static_cast<std::size_t>(length); ++i) out += static_cast<char>(bytes[i]);
}

std::string code_of(char32_t c) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out = "<U+";
  bool leading = true;
  for (int shift = 20; shift >= 0; shift -= 4) {
    const auto digit = static_cast<std::size_t>(c >> shift & 0xF);
    leading = leading && digit == 0 && shift >= 16;
    if (!leading) out += kDigits[digit];
  }
  return out + ">";
}

std::size_t width_of(char32_t c) {
  if (c < 0x7F) return 1;
  return static_cast<std::size_t>(std::max(utf8proc_charwidth(static_cast<utf8proc_int32_t>(c)), 0));
}

// Fills lines one piece at a time; a piece is what one character of the text became, and is never divided.
class Lines {
 public:
  Lines(std::size_t columns, std::size_t most) : columns_(std::max(columns, kLeastColumns)), most_(most) {}

  bool full() const { return out_.cut; }
  void space() {
    if (used_ > 0) put(" ", 1);
    word_ = line_.size();
    word_used_ = used_;
  }
  void put(std::string_view piece, std::size_t width) {
    if (used_ + width > columns_) wrap(piece == " ");
    if (piece == " " && used_ == 0) return;
    line_ += piece;
    used_ += width;
  }
  void end_line() {
    while (line_.ends_with(' ')) line_.pop_back();
    take(std::move(line_));
    line_.clear();
    used_ = word_ = word_used_ = 0;
  }
  SafeLines finish(std::size_t unseemly) {
    if (!line_.empty()) end_line();
    if (out_.cut && !out_.lines.empty()) mark_cut(out_.lines.back());
    out_.unseemly = unseemly;
    return std::move(out_);
  }

 private:
  // The word that was begun moves to the next line, unless it fills this one alone.
  void wrap(bool at_space) {
    std::string rest;
    std::size_t rest_used = 0;
    if (!at_space && word_ > 0) {
      rest = line_.substr(word_);
      rest_used = used_ - word_used_;
      line_.resize(word_);
    }
    end_line();
    line_ = std::move(rest);
    used_ = rest_used;
  }
  // Of empty lines in a row one is kept, and none at either end.
  void take(std::string line) {
    if (line.empty()) {
      blank_ = !out_.lines.empty();
      return;
    }
    if (std::exchange(blank_, false)) push({});
    push(std::move(line));
  }
  void push(std::string line) {
    if (out_.lines.size() < most_) {
      out_.lines.push_back(std::move(line));
    } else {
      out_.cut = true;
    }
  }
  void mark_cut(std::string& line) const {
    while (columns_of(line) + 1 > columns_) {
      std::size_t last = line.size() - 1;
      while (last > 0 && (static_cast<unsigned char>(line[last]) & 0xC0U) == 0x80U) --last;
      line.resize(last);
    }
    line += kMore;
  }

  std::size_t columns_;
  std::size_t most_;
  SafeLines out_;
  std::string line_;
  std::size_t used_ = 0;
  std::size_t word_ = 0;  // where the last word of line_ begins
  std::size_t word_used_ = 0;
  bool blank_ = false;  // empty lines came since the last one
};

class Reader {
 public:
  Reader(std::string_view text, bool one_line) : rest_(text), one_line_(one_line) {}

  SafeLines run(Lines lines) {
    while (!rest_.empty() && !lines.full()) {
      const CodePoint point = read_code_point(rest_);
      const Kind kind = kind_of(point.value);
      if (kind == Kind::kInvisible) {
        invisible(lines);
        continue;
      }
      rest_.remove_prefix(point.length);
      marks_ = kind == Kind::kMark ? marks_ + 1 : kind == Kind::kDropped ? marks_ : 0;
      show(point.value, kind, lines);
    }
    return lines.finish(unseemly_);
  }

 private:
  void show(char32_t c, Kind kind, Lines& lines) {
    piece_.clear();
    if (kind == Kind::kDropped || (kind == Kind::kMark && marks_ > kMostMarks)) return;
    if (kind == Kind::kBreak) return line_break(c, lines);
    if (kind == Kind::kSpace || c == ' ') return lines.space();
    if (kind == Kind::kControl) {
      ++unseemly_;
      append_utf8(piece_, c == 0x7F ? 0x2421 : 0x2400 + c);
      return lines.put(piece_, 1);
    }
    append_utf8(piece_, c);
    lines.put(piece_, width_of(c));
  }

  void line_break(char32_t c, Lines& lines) {
    if (c == '\r' && rest_.starts_with('\n')) rest_.remove_prefix(1);
    one_line_ ? lines.space() : lines.end_line();
  }

  void invisible(Lines& lines) {
    const CodePoint first = read_code_point(rest_);
    std::size_t run = 0;
    for (CodePoint next = first; next.length > 0 && kind_of(next.value) == Kind::kInvisible;
         next = read_code_point(rest_)) {
      rest_.remove_prefix(next.length);
      ++run;
    }
    unseemly_ += run;
    marks_ = 0;
    piece_ = code_of(first.value);
    if (run > 1) piece_.insert(piece_.size() - 1, " and " + std::to_string(run - 1) + " more");
    for (const char c : piece_) lines.put({&c, 1}, 1);
  }

  std::string_view rest_;
  bool one_line_;
  int marks_ = 0;
  std::size_t unseemly_ = 0;
  std::string piece_;
};

}  // namespace

SafeLines safe_lines(std::string_view text, std::size_t columns, std::size_t most) {
  return Reader(text, false).run(Lines(columns, most));
}

std::string safe_line(std::string_view text, std::size_t columns) {
  SafeLines out = Reader(text, true).run(Lines(columns, 1));
  return out.lines.empty() ? std::string() : std::move(out.lines.front());
}

std::size_t columns_of(std::string_view safe) {
  std::size_t columns = 0;
  while (!safe.empty()) {
    const CodePoint point = read_code_point(safe);
    columns += width_of(point.value);
    safe.remove_prefix(point.length);
  }
  return columns;
}

}  // namespace pointsman::text
