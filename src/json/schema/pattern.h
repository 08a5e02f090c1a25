// A `pattern`: a regular expression of ECMA-262 that is searched for anywhere in a text, in linear time.
//
// Immutable; matches() may be called by several threads. Expressions that need more than a regular language
// (lookaround, back references) or that we cannot read do not compile, and the error says which part it was.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace re2 {
class RE2;
}

namespace pointsman::json::schema {

class Pattern {
 public:
  // kUnsupported, with the part that is not supported.
  static base::Result<Pattern> compile(std::string_view expression);
  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();

  bool matches(std::string_view text) const;

 private:
  explicit Pattern(std::unique_ptr<const re2::RE2> expression);
  std::unique_ptr<const re2::RE2> expression_;
};

// The same expression in RE2's syntax.
base::Result<std::string> to_re2(std::string_view ecma);

}  // namespace pointsman::json::schema
