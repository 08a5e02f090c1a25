// A YAML document as a flat, bounded tree that knows where everything stands and keeps aliases as references, so that a
// small text can never become a large structure. Parsing never throws; values are left as the text they are.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "config/problem.h"

namespace pointsman::config {

enum class YamlKind : std::uint8_t { kNull, kScalar, kSequence, kMap };

struct YamlNode {
  YamlKind kind = YamlKind::kNull;
  Mark mark;
  std::string text;                  // of a scalar
  std::vector<std::uint32_t> items;  // of a sequence; of a map, key and value alternating
};

// Node numbers index `nodes`. An aliased node appears under several parents; there are no cycles.
struct YamlTree {
  static constexpr std::size_t kMaxBytes = 1024 * 1024;
  static constexpr std::size_t kMaxNodes = 100'000;
  static constexpr std::size_t kMaxDepth = 64;

  std::vector<YamlNode> nodes;
  std::uint32_t root = 0;

  const YamlNode& operator[](std::uint32_t id) const { return nodes[id]; }
  // One problem when it is not one well-formed UTF-8 YAML document within the limits.
  static std::expected<YamlTree, std::vector<Problem>> parse(std::string_view text, std::string_view file);
};

}  // namespace pointsman::config
