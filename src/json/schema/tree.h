// A JSON document as a tree of plain nodes: what a schema is compiled from.
//
// Immutable after read(); may be moved, its texts stay where they are. A name stands at most once in an object: a
// schema that says two things under one name is refused. Nodes are numbered so that a parent comes before its children.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/document.h"
#include "json/schema/value_kind.h"

namespace pointsman::json::schema {

class Tree {
 public:
  using Id = std::uint32_t;
  static constexpr Id kNone = ~Id{0};
  static constexpr Id kRoot = 0;

  // kParse with the position, kTooLarge, or kInvalidArgument at the pointer of a repeated name.
  static base::Result<Tree> read(std::string_view text, std::size_t max_bytes);

  std::size_t size() const { return nodes_.size(); }
  ValueKind kind(Id id) const { return nodes_[id].kind; }
  bool is(Id id, ValueKind kind) const { return nodes_[id].kind == kind; }
  // A string, decoded, or a number as it was spelt.
  std::string_view text(Id id) const { return nodes_[id].text; }
  Id parent(Id id) const { return nodes_[id].parent; }
  // The name under which a node stands in its parent; empty for items and the root.
  std::string_view key(Id id) const { return nodes_[id].key; }

  // Items in their order, members in the order of their names.
  std::uint32_t count(Id id) const { return nodes_[id].count; }
  Id child(Id id, std::uint32_t index) const { return children_[nodes_[id].first + index]; }
  // kNone if there is no such member, or `id` is no object.
  Id member(Id id, std::string_view name) const;

  // RFC 6901: the pointer of a node, and the node a pointer names seen from another (kNone if there is none).
  std::string pointer(Id id) const;
  Id at(Id from, std::string_view pointer) const;

 private:
  struct Node {
    ValueKind kind = ValueKind::kNull;
    Id parent = kNone;
    std::uint32_t first = 0;
    std::uint32_t count = 0;
    std::uint32_t index = 0;  // in its parent, for items
    std::string_view key;
    std::string_view text;
  };
  class Reader;

  std::vector<Node> nodes_;
  std::vector<Id> children_;
  std::vector<char> texts_;  // never grows: decoding makes no text longer
};

// Appends one reference token of a JSON pointer, "~" and "/" escaped (RFC 6901, section 3).
void append_pointer_token(std::string_view token, std::string& out);

}  // namespace pointsman::json::schema
