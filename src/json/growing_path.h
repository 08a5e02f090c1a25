// Where in a growing value something happens: the names and indices from the root down.
//
// Kept by a GrowingValue and lent to its sink for one call. Steps allocate nothing once the longest path was there.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pointsman::json {

class GrowingPath {
 public:
  // One level: the member `name`, or if that is not one, the element `index`.
  struct Step {
    bool is_member = false;
    std::size_t index = 0;
    std::size_t name_begin = 0;  // in the path's store; the name ends where the next one begins
  };

  std::size_t depth() const { return steps_.size(); }
  bool is_member(std::size_t level) const { return steps_[level].is_member; }
  std::size_t index(std::size_t level) const { return steps_[level].index; }
  std::string_view name(std::size_t level) const {
    const std::size_t end = level + 1 < steps_.size() ? steps_[level + 1].name_begin : names_.size();
    return std::string_view(names_).substr(steps_[level].name_begin, end - steps_[level].name_begin);
  }
  // Appends the path as a JSON pointer (RFC 6901): "" for the root, "/items/0/a~1b".
  void append_pointer(std::string& out) const;
  std::string pointer() const {
    std::string out;
    append_pointer(out);
    return out;
  }

  // For the owner: below the container entered last, before its first value; at its next element; at a member; back
  // out.
  void enter() { steps_.push_back({.index = kBeforeFirst, .name_begin = names_.size()}); }
  void next_element() { ++steps_.back().index; }
  void member(std::string_view name) {
    steps_.back().is_member = true;
    names_.resize(steps_.back().name_begin);
    names_ += name;
  }
  void leave() {
    names_.resize(steps_.back().name_begin);
    steps_.pop_back();
  }
  void clear() {
    steps_.clear();
    names_.clear();
  }

 private:
  static constexpr std::size_t kBeforeFirst = static_cast<std::size_t>(-1);

  std::vector<Step> steps_;
  std::string names_;
};

}  // namespace pointsman::json
