// links: pm_json
// parses: json/prefix_* json/schema/compile* json/schema/tree json/schema/decimal
// A schema (the first line) and a growing text (the rest): any split gives the same verdict, a verdict once given
// stays, tight limits never turn into a refusal, and a schema, what says twice that it is not it, and one branch of
// several agree.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "json/incremental_scanner.h"
#include "json/prefix_validator.h"

namespace {

using namespace pointsman;
using json::Prospect;

void require(bool good) {
  if (!good) std::abort();
}

// The verdict at the end. `seed` 0: byte by byte; otherwise pieces of many sizes, or all at once.
Prospect verdict(json::PrefixValidator& validator, std::string_view text, std::uint32_t seed) {
  validator.reset();
  json::IncrementalScanner<json::PrefixValidator> scanner(validator);
  Prospect last = validator.prospect();
  for (std::size_t at = 0; at < text.size();) {
    seed = seed * 1664525 + 1013904223;
    const std::size_t size = seed % 3 == 0 ? 1 : seed >> 28U;
    // An exact block of its own, so that a read behind the piece is seen.
    const std::string_view piece = text.substr(at, size == 0 ? 1 : size);
    const std::unique_ptr<char[]> exact(new char[piece.size()]);
    std::copy(piece.begin(), piece.end(), exact.get());
    if (!scanner.feed({exact.get(), piece.size()})) break;
    require(last == Prospect::kOpen || last == validator.prospect());
    last = validator.prospect();
    require(last != Prospect::kComplete || scanner.complete());
    at += piece.size();
  }
  if (!scanner.failed() && scanner.finish()) require(validator.prospect() != Prospect::kOpen);
  const auto failure = validator.failure();
  require((validator.prospect() == Prospect::kImpossible) == !failure.keyword.empty());
  return validator.prospect();
}

Prospect verdict(const std::shared_ptr<const json::Schema>& schema, std::string_view text,
                 const json::PrefixValidator::Limits& limits = {}) {
  json::PrefixValidator validator(schema, limits);
  const Prospect first = verdict(validator, text, 1);
  require(verdict(validator, text, 77) == first);
  return first;
}

// Verdicts of the same meaning, reached in different ways: they agree unless one of them was left open.
void check_combined(std::string_view schema, std::string_view text, Prospect plain) {
  const json::SchemaText other{"x:s", schema};
  for (const std::string_view combined :
       {R"({"$ref":"x:s"})", R"({"not":{"not":{"$ref":"x:s"}}})", R"({"anyOf":[false,{"$ref":"x:s"}]})",
        R"({"oneOf":[{"$ref":"x:s"},false]})", R"({"if":{"$ref":"x:s"},"else":false})",
        R"({"allOf":[{"$ref":"x:s"},{"$ref":"x:s"}],"unevaluatedProperties":true})"}) {
    const auto compiled = json::Schema::compile(combined, {.others = {&other, 1}, .max_bytes = 1U << 16});
    if (!compiled) continue;  // one level deeper than what is allowed, or references that mean something else here
    const Prospect seen = verdict(*compiled, text);
    if (seen == Prospect::kUndecided || plain == Prospect::kUndecided) continue;
    if (schema.find('$') != std::string_view::npos) continue;  // a dynamic scope may change what it means
    require((seen == Prospect::kComplete) == (plain == Prospect::kComplete));
    require(seen != Prospect::kImpossible || plain == Prospect::kImpossible);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(all.find('\n'), all.size());
  const std::string_view schema = all.substr(0, line);
  const std::string_view text = all.substr(std::min(line + 1, all.size()));
  const auto compiled = json::Schema::compile(schema, {.assert_formats = size % 2 == 0, .max_bytes = 1U << 16});
  if (!compiled) return 0;
  const Prospect plain = verdict(*compiled, text);
  const Prospect tight = verdict(*compiled, text, {.nodes = 12, .depth = 4, .kept = 64});
  require(tight == plain || tight == Prospect::kUndecided ||
          (tight == Prospect::kOpen && plain == Prospect::kUndecided));
  if (size % 2 != 0) check_combined(schema, text, plain);
  return 0;
}
