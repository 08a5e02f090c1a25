// One text for all spellings of a JSON value: members sorted by name, numbers and escapes in one form. Two values are
// equal as JSON Schema means it (2020-12 core, section 4.2.2) exactly if their texts are.
//
// Takes the calls of a scanner (json::ScanSink); of repeated names the last counts. One thread; keeps its storage from
// one text to the next. The text of a part is the slice between size() before and after it, valid until a container
// around it ends.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "json/scan_sink.h"
#include "json/schema/decimal.h"
#include "json/schema/tree.h"

namespace pointsman::json::schema {

class CanonicalText {
 public:
  void clear();
  std::size_t size() const { return text_.size(); }
  std::string_view from(std::size_t begin) const { return std::string_view(text_).substr(begin); }

  void begin_object();
  void end_object();
  void begin_array() { text_ += '['; }
  void end_array() { text_ += ']'; }
  void key(std::string_view name);
  void begin_string() { text_ += '"'; }
  void string_piece(std::string_view piece) { append(piece); }
  void end_string() { text_ += '"'; }
  void begin_number() {}
  void number(std::string_view spelt);
  void begin_literal(Literal) {}
  void literal(Literal which);

 private:
  struct Member {
    std::size_t begin = 0;  // of its name
    std::size_t value = 0;
  };
  void append(std::string_view text);
  bool in_order(std::size_t first) const;
  void sort(std::size_t first);

  std::string text_;
  std::string scratch_;
  std::vector<std::size_t> open_;  // of each open object: its first in members_
  std::vector<Member> members_;
  Decimal decimal_;
};

// Appends the text of a node to `out`.
void append_canonical(const Tree& tree, Tree::Id id, CanonicalText& out);

}  // namespace pointsman::json::schema
