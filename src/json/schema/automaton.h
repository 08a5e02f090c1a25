// A deterministic automaton over the bytes of UTF-8 for a regular expression: it takes a text piece by piece and knows
// as soon as no continuation can match.
//
// Immutable, shared by threads. Built only while that is cheap; an expression with too many states, or with parts we
// leave to RE2 (Unicode properties, word boundaries), has none.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace pointsman::json::schema {

class Automaton {
 public:
  using State = std::uint16_t;
  static constexpr State kDead = 0;  // no continuation matches

  // `expression` in the syntax that to_re2() writes. Takes what the work costs from `budget`; nothing if that is not
  // enough.
  static std::optional<Automaton> build(std::string_view expression, std::size_t& budget);

  State start() const { return start_; }
  State step(State state, std::string_view piece) const {
    for (const char c : piece) {
      state = next_[state * classes_ + class_of_[static_cast<unsigned char>(c)]];
    }
    return state;
  }
  // Whether the text that led here matches if it ends here.
  bool accepts(State state) const { return accepts_[state]; }

 private:
  friend class AutomatonBuilder;
  std::array<std::uint8_t, 256> class_of_{};  // bytes that no part of the expression tells apart
  std::size_t classes_ = 1;
  std::vector<State> next_;
  std::vector<bool> accepts_;
  State start_ = kDead;
};

}  // namespace pointsman::json::schema
