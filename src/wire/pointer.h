// The way from the root of a body to the value being read, kept while walking, written out only for an error.
//
// Lives in one reading. Names are string literals; no allocation until to_string().
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pointsman::wire {

class Pointer {
 public:
  // Adds a step for as long as it lives.
  class Step {
   public:
    Step(Pointer& pointer, std::string_view name) : pointer_(pointer) { pointer_.push({name, 0}); }
    Step(Pointer& pointer, std::uint64_t index) : pointer_(pointer) { pointer_.push({{}, index}); }
    ~Step() { --pointer_.size_; }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Pointer& pointer_;
  };

  // RFC 6901: "/messages/2/content"; our names need no escapes.
  std::string to_string() const {
    std::string out;
    for (std::size_t i = 0; i < size_; ++i) {
      out += '/';
      out += steps_[i].name.empty() ? std::to_string(steps_[i].index) : std::string(steps_[i].name);
    }
    return out;
  }

  // As people write it: "messages[2].content".
  std::string to_path() const {
    std::string out;
    for (std::size_t i = 0; i < size_; ++i) {
      const Part& step = steps_[i];
      if (step.name.empty()) {
        out += '[' + std::to_string(step.index) + ']';
      } else {
        if (!out.empty()) out += '.';
        out += step.name;
      }
    }
    return out;
  }

 private:
  struct Part {
    std::string_view name;
    std::uint64_t index = 0;
  };
  void push(Part part) {
    assert(size_ < steps_.size());
    steps_[size_++] = part;
  }
  std::array<Part, 12> steps_{};
  std::size_t size_ = 0;
};

}  // namespace pointsman::wire
