// Applies the events of a PatchStream to a tree, as patch_stream.h describes them: a second reader of the form, next to
// the clients'. Header-only; for tests.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/partial_oracle.h"

namespace pointsman::testing {

class PatchReader {
 public:
  // Takes whole events, as written with an envelope of this head and tail. False: something is not in the form.
  bool read(std::string_view events, std::string_view head, std::string_view tail) {
    while (!events.empty()) {
      const std::size_t end = events.find(tail, head.size());
      if (!events.starts_with(head) || end == std::string_view::npos || !verdict.empty()) return false;
      const std::string data(events.substr(head.size(), end - head.size()));
      const std::optional<Tree> tree = PartialOracle::read(data + " ");
      if (!tree || data.find_first_of("\r\n") != std::string::npos) return false;
      if (tree->kind == Tree::Kind::kObject ? !about(*tree) : !patch(*tree)) return false;
      events.remove_prefix(end + tail.size());
      ++count;
    }
    return true;
  }

  std::optional<Tree> value() const {
    if (slot_.elements.empty()) return {};
    return slot_.elements.front();
  }
  std::string opening;
  std::string verdict;
  int count = 0;  // events

 private:
  bool about(const Tree& event) {
    const bool opens = event.members.front().first == "open";
    if (opens != opening.empty()) return false;
    (opens ? opening : verdict) = event.show();
    return true;
  }

  bool patch(const Tree& event) {
    for (std::size_t i = 1; i < event.elements.size(); ++i) {
      const Tree& op = event.elements[i];
      Tree* const tip = find();
      if (tip == nullptr) return false;
      if (op.kind == Tree::Kind::kScalar) {
        int levels = 0;
        const char* const end = op.text.data() + op.text.size();
        if (std::from_chars(op.text.data(), end, levels).ptr != end || !move(levels)) return false;
      } else if (op.kind == Tree::Kind::kString && tip->kind == Tree::Kind::kString) {
        tip->text += op.text;
      } else if (op.kind == Tree::Kind::kString) {
        cursor_.emplace_back(op.text);
      } else if (op.kind != tip->kind) {
        return false;
      } else {
        for (const Tree& one : op.elements) tip->elements.push_back(one);
        for (const auto& [name, one] : op.members) member(*tip, name) = one;
      }
    }
    return find() != nullptr && slot_.elements.size() < 2;
  }

  bool move(int levels) {
    for (; levels > 0; --levels) cursor_.emplace_back(std::nullopt);
    for (; levels < 0; ++levels) {
      if (cursor_.empty()) return false;
      cursor_.pop_back();
    }
    return true;
  }

  Tree* find() {
    Tree* at = &slot_;
    for (const std::optional<std::string>& step : cursor_) {
      if (!step && at->elements.empty()) return nullptr;
      at = step ? &member(*at, *step) : &at->elements.back();
    }
    return at;
  }

  static Tree& member(Tree& object, const std::string& name) {
    for (auto& [other, value] : object.members) {
      if (other == name) return value;
    }
    return object.members.emplace_back(name, Tree{}).second;
  }

  Tree slot_{.kind = Tree::Kind::kArray};
  std::vector<std::optional<std::string>> cursor_;  // a member's name, or the last element
};

}  // namespace pointsman::testing
