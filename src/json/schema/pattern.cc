#include "json/schema/pattern.h"

#include <re2/re2.h>

namespace pointsman::json::schema {
namespace {

constexpr std::size_t kMaxExpression = 8192;
constexpr std::int64_t kMaxMemory = 512 << 10;  // of one expression, program and caches

}  // namespace

Pattern::Pattern() = default;
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

base::Result<Pattern> Pattern::compile(std::string_view expression, std::size_t& budget) {
  if (expression.size() > kMaxExpression) {
    return base::fail(base::ErrorCode::kUnsupported, "an expression longer than 8192 bytes", base::Origin::kClient);
  }
  PM_TRY(const std::string translated, to_re2(expression));
  RE2::Options options;
  options.set_log_errors(false);
  options.set_never_capture(true);
  options.set_max_mem(kMaxMemory);
  auto compiled = std::make_unique<const re2::RE2>(translated, options);
  if (!compiled->ok()) {
    return base::fail(base::ErrorCode::kUnsupported, compiled->error(), base::Origin::kClient);
  }
  Pattern pattern;
  pattern.automaton_ = Automaton::build(translated, budget);
  if (!pattern.automaton_) pattern.expression_ = std::move(compiled);
  return pattern;
}

bool Pattern::matches(std::string_view text) const {
  if (automaton_) return automaton_->accepts(automaton_->step(automaton_->start(), text));
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *expression_);
}

}  // namespace pointsman::json::schema
