#include "json/schema/byte_graph.h"

#include <algorithm>
#include <charconv>

namespace pointsman::json::schema {
namespace {

using Id = ByteGraph::Id;
using Kind = ByteGraph::Kind;

constexpr int kMaxNesting = 50;
constexpr std::size_t kMaxSteps = 20'000;  // of reading, parts that are repeated read again
constexpr std::uint32_t kMostRepeats = 1000;
constexpr std::uint32_t kLastCodePoint = 0x10FFFF;

struct Range {
  std::uint32_t low = 0;
  std::uint32_t high = 0;
};

// A piece of the graph; `out` is a kPass that leads nowhere yet.
struct Piece {
  Id in = ByteGraph::kNowhere;
  Id out = ByteGraph::kNowhere;
};

void sort_and_join(std::vector<Range>& ranges) {
  std::ranges::sort(ranges, {}, &Range::low);
  std::vector<Range> joined;
  for (const Range& range : ranges) {
    if (!joined.empty() && range.low <= joined.back().high + 1) {
      joined.back().high = std::max(joined.back().high, range.high);
    } else {
      joined.push_back(range);
    }
  }
  ranges = std::move(joined);
}

std::vector<Range> complement(std::vector<Range> ranges) {
  sort_and_join(ranges);
  std::vector<Range> rest;
  std::uint32_t from = 0;
  for (const Range& range : ranges) {
    if (range.low > from) rest.push_back({from, range.low - 1});
    from = range.high + 1;
  }
  if (from <= kLastCodePoint) rest.push_back({from, kLastCodePoint});
  return rest;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : in_(text) {}

  std::optional<ByteGraph> run() {
    const Piece body = alternatives(0);
    if (!failed_ && at_ != in_.size()) fail();
    // Anything may stand before a match.
    const Id any = add({.kind = Kind::kBytes, .low = 0, .high = 0xFF});
    const Id search = add({.next = body.in, .other = any});
    const Id match = add({.kind = Kind::kMatch});
    if (failed_) return std::nullopt;
    graph_.nodes[any].next = search;
    graph_.nodes[body.out].next = match;
    graph_.start = search;
    return std::move(graph_);
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < in_.size() ? in_[at_ + ahead] : '\0'; }
  bool skip(std::string_view what) {
    if (!in_.substr(at_).starts_with(what)) return false;
    at_ += what.size();
    return true;
  }
  Piece fail() {
    failed_ = true;
    at_ = in_.size();
    return {0, 0};
  }
  Id add(ByteGraph::Node node) {
    if (graph_.nodes.size() >= ByteGraph::kMaxNodes) {
      fail();
      return 0;
    }
    graph_.nodes.push_back(node);
    return static_cast<Id>(graph_.nodes.size() - 1);
  }
  void link(Id from, Id to) {
    if (!failed_) graph_.nodes[from].next = to;
  }
  Piece nothing() {
    const Id id = add({});
    return {id, id};
  }

  Piece alternatives(int depth) {
    if (depth > kMaxNesting) return fail();
    Piece all = sequence(depth);
    while (!failed_ && skip("|")) {
      const Piece next = sequence(depth);
      const Id in = add({.next = all.in, .other = next.in});
      const Id out = add({});
      link(all.out, out);
      link(next.out, out);
      all = {in, out};
    }
    return all;
  }

  Piece sequence(int depth) {
    Piece all = nothing();
    while (!failed_ && at_ < in_.size() && peek() != '|' && peek() != ')') {
      const Piece next = repeated(depth);
      link(all.out, next.in);
      all.out = next.out;
    }
    return all;
  }

  // An atom with its quantifier. An atom that is needed several times is read several times.
  Piece repeated(int depth) {
    const std::size_t begin = at_;
    Piece piece = atom(depth);
    std::uint32_t least = 1;
    std::uint32_t most = 1;
    if (!quantifier(least, most)) return piece;
    const std::size_t end = at_;
    const bool endless = most == kMostRepeats + 1;
    Piece all = nothing();
    for (std::uint32_t i = 0; i < std::max(endless ? least + 1 : most, 1U) && !failed_; ++i) {
      if (i != 0) {
        at_ = begin;
        piece = atom(depth);
      }
      if (most == 0) break;
      if (i >= least) piece = optional(piece, endless);
      link(all.out, piece.in);
      all.out = piece.out;
    }
    if (!failed_) at_ = end;
    return all;
  }

  Piece optional(Piece piece, bool endless) {
    const Id out = add({});
    const Id in = add({.next = piece.in, .other = out});
    link(piece.out, endless ? in : out);
    return {in, out};
  }

  bool number(std::uint32_t& value) {
    const auto [end, error] = std::from_chars(in_.data() + at_, in_.data() + in_.size(), value);
    if (error != std::errc() || value > kMostRepeats) return false;
    at_ = static_cast<std::size_t>(end - in_.data());
    return true;
  }

  bool quantifier(std::uint32_t& least, std::uint32_t& most) {
    if (failed_) return false;
    if (skip("*")) {
      least = 0;
      most = kMostRepeats + 1;
    } else if (skip("+")) {
      most = kMostRepeats + 1;
    } else if (skip("?")) {
      least = 0;
    } else if (skip("{")) {
      bool good = number(least);
      most = least;
      if (good && skip(",")) {
        most = kMostRepeats + 1;
        if (peek() != '}') good = number(most) && most >= least;
      }
      if (!good || !skip("}")) fail();
    } else {
      return false;
    }
    skip("?");  // which match is found first does not matter
    if (std::string_view("*+?{").contains(peek()) && at_ < in_.size()) fail();
    return !failed_;
  }

  Piece atom(int depth) {
    if (++steps_ > kMaxSteps || at_ == in_.size()) return fail();
    const char c = in_[at_++];
    switch (c) {
      case '(': {
        if (!skip("?:")) return fail();
        const Piece inside = alternatives(depth + 1);
        return skip(")") ? inside : fail();
      }
      case '[':
        return character_class();
      case '\\':
        return escape();
      case '^':
        return assertion(Kind::kBegin);
      case '$':
        return assertion(Kind::kEnd);
      case '*':
      case '+':
      case '?':
      case '{':
      case '}':
      case ']':
      case '.':
        return fail();
      default:
        --at_;
        return code_points({{literal(), 0}});
    }
  }

  Piece assertion(Kind kind) {
    const Id out = add({});
    const Id in = add({.kind = kind, .next = out});
    return {in, out};
  }

  // One character of the expression itself.
  std::uint32_t literal() {
    const auto lead = static_cast<unsigned char>(in_[at_++]);
    if (lead < 0x80) return lead;
    const std::size_t more = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    std::uint32_t code = lead & (0x3FU >> more);
    for (std::size_t i = 0; i < more && at_ < in_.size(); ++i) {
      code = code << 6U | (static_cast<unsigned char>(in_[at_++]) & 0x3FU);
    }
    return code;
  }

  // What a backslash stands for, behind it: a set, or a single character.
  bool escaped(std::vector<Range>& out) {
    if (at_ == in_.size()) return false;
    const char c = peek();
    ++at_;
    const std::vector<Range> digits = {{'0', '9'}};
    const std::vector<Range> word = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
    std::vector<Range> set;
    const auto control = std::string_view("tnvfr").find(c);
    if (c == 'x' && skip("{")) {
      std::uint32_t code = 0;
      const auto [end, error] = std::from_chars(in_.data() + at_, in_.data() + in_.size(), code, 16);
      at_ = static_cast<std::size_t>(end - in_.data());
      if (error != std::errc() || code > kLastCodePoint || !skip("}")) return false;
      set = {{code, code}};
    } else if (c == 'd' || c == 'D') {
      set = c == 'd' ? digits : complement(digits);
    } else if (c == 'w' || c == 'W') {
      set = c == 'w' ? word : complement(word);
    } else if (c != '\0' && control != std::string_view::npos) {
      set = {{static_cast<std::uint32_t>(9 + control), static_cast<std::uint32_t>(9 + control)}};
    } else if (c == '[' || c == ']') {
      set = {{static_cast<std::uint32_t>(c), static_cast<std::uint32_t>(c)}};
    } else {
      return false;
    }
    out.insert(out.end(), set.begin(), set.end());
    return true;
  }

  Piece escape() {
    std::vector<Range> set;
    return escaped(set) ? sets(std::move(set)) : fail();
  }

  Piece character_class() {
    const bool negated = skip("^");
    std::vector<Range> set;
    while (at_ < in_.size() && peek() != ']') {
      const std::size_t before = set.size();
      if (!member(set)) return fail();
      if (peek() != '-' || peek(1) == ']') continue;
      ++at_;
      const bool single = set.size() == before + 1 && set.back().low == set.back().high;
      if (!single || at_ == in_.size() || !member(set) || set.size() != before + 2) return fail();
      const Range last = set.back();
      set.pop_back();
      if (last.low != last.high || last.low < set.back().low) return fail();
      set.back().high = last.high;
    }
    if (!skip("]")) return fail();
    return sets(negated ? complement(std::move(set)) : std::move(set));
  }

  bool member(std::vector<Range>& set) {
    if (skip("\\")) return escaped(set);
    const std::uint32_t code = literal();
    set.push_back({code, code});
    return true;
  }

  Piece code_points(std::vector<Range> single) {
    single.front().high = single.front().low;
    return sets(std::move(single));
  }

  Piece sets(std::vector<Range> ranges) {
    sort_and_join(ranges);
    const Id out = add({});
    Id in = add({});  // leads nowhere: an empty set matches nothing
    for (const Range& range : ranges) in = utf8(range.low, std::min(range.high, kLastCodePoint), in, out);
    return {in, out};
  }

  // Adds the ways to spell the code points of a range, all of which begin and end alike where UTF-8 does (RFC 3629).
  Id utf8(std::uint32_t low, std::uint32_t high, Id in, Id out) {
    if (failed_ || low > high) return in;
    for (const std::uint32_t border : {0x7FU, 0x7FFU, 0xD7FFU, 0xDFFFU, 0xFFFFU}) {
      if (low <= border && high > border) return utf8(border + 1, high, utf8(low, border, in, out), out);
    }
    if (low >= 0xD800 && high <= 0xDFFF) return in;
    const int more = high < 0x80 ? 0 : high < 0x800 ? 1 : high < 0x10000 ? 2 : 3;
    for (int i = 1; i <= more; ++i) {
      const std::uint32_t mask = (1U << (6U * static_cast<unsigned>(i))) - 1;
      if ((low & ~mask) == (high & ~mask)) continue;
      if ((low & mask) != 0) return utf8((low | mask) + 1, high, utf8(low, low | mask, in, out), out);
      if ((high & mask) != mask) return utf8(high & ~mask, high, utf8(low, (high & ~mask) - 1, in, out), out);
    }
    Id next = out;
    for (int i = 0; i <= more; ++i) {
      const unsigned shift = 6U * static_cast<unsigned>(i);
      const auto byte = [&](std::uint32_t code) -> std::uint8_t {
        constexpr std::uint8_t kLeads[] = {0, 0xC0, 0xE0, 0xF0};
        const std::uint32_t bits = code >> shift;
        return static_cast<std::uint8_t>(i == more ? kLeads[more] | bits : 0x80U | (bits & 0x3FU));
      };
      next = add({.kind = Kind::kBytes, .low = byte(low), .high = byte(high), .next = next});
    }
    return add({.next = next, .other = in});
  }

  std::string_view in_;
  std::size_t at_ = 0;
  std::size_t steps_ = 0;
  bool failed_ = false;
  ByteGraph graph_;
};

}  // namespace

std::optional<ByteGraph> read_expression(std::string_view expression) {
  return Reader(expression).run();
}

}  // namespace pointsman::json::schema
