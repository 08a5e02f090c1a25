// A regular expression as a graph over bytes that may be in many places at once: what an Automaton is built from.
//
// Made by read_expression(), then only read. Thompson's construction (Communications of the ACM 11:6, 1968): each part
// of the expression is a piece of the graph with one way in and one way out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace pointsman::json::schema {

struct ByteGraph {
  static constexpr std::size_t kMaxNodes = 1500;
  using Id = std::uint16_t;
  static constexpr Id kNowhere = 0xFFFF;

  enum class Kind : std::uint8_t {
    kBytes,  // one byte from low to high, then on
    kPass,   // on, and on to `other` if that is somewhere
    kBegin,  // on, at the beginning of the text
    kEnd,    // on, at its end
    kMatch,
  };
  struct Node {
    Kind kind = Kind::kPass;
    std::uint8_t low = 0, high = 0;
    Id next = kNowhere;
    Id other = kNowhere;
  };

  std::vector<Node> nodes;
  Id start = kNowhere;
};

// The graph that searches for the expression (in the syntax that to_re2() writes) anywhere in a text; nothing if it is
// too large or has parts that are left to RE2.
std::optional<ByteGraph> read_expression(std::string_view expression);

}  // namespace pointsman::json::schema
