// A `pattern`: a regular expression of ECMA-262 that is searched for anywhere in a text, in linear time.
//
// Immutable; matches() may be called by several threads. Expressions that need more than a regular language
// (lookaround, back references) or that we cannot read do not compile, and the error says which part it was.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "json/schema/automaton.h"

namespace re2 {
class RE2;
}

namespace pointsman::json::schema {

class Pattern {
 public:
  // kUnsupported, with the part that is not supported. `budget` is what may still be spent on automata.
  static base::Result<Pattern> compile(std::string_view expression, std::size_t& budget);
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();

  bool matches(std::string_view text) const;
  // Takes a text piece by piece; nullptr if only whole texts can be judged.
  const Automaton* automaton() const { return automaton_ ? &*automaton_ : nullptr; }

 private:
  Pattern();
  std::optional<Automaton> automaton_;
  std::unique_ptr<const re2::RE2> expression_;  // if there is no automaton
};

// The same expression in RE2's syntax.
base::Result<std::string> to_re2(std::string_view ecma);

}  // namespace pointsman::json::schema
