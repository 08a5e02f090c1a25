// links: pm_json
// parses: json/schema/pattern json/schema/pattern_syntax json/schema/automaton
// A pattern (the first line) and a text (the rest): with an automaton and without the answer is the same, and the
// automaton gives no beginning of a match up.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "json/schema/pattern.h"
#include "json/text.h"

namespace {

void require(bool good) {
  if (!good) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pointsman::json;
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  if (find_invalid_utf8(all) != std::string_view::npos) return 0;
  const std::size_t line = std::min(all.find('\n'), all.size());
  const std::string_view text = all.substr(std::min(line + 1, all.size()));
  std::size_t budget = 200'000;
  std::size_t none = 0;
  const auto with = schema::Pattern::compile(all.substr(0, line), budget);
  const auto without = schema::Pattern::compile(all.substr(0, line), none);
  require(with.has_value() == without.has_value());
  if (!with) return 0;
  const bool matches = without->matches(text);
  require(with->matches(text) == matches);
  const schema::Automaton* const automaton = with->automaton();
  if (automaton == nullptr) return 0;
  schema::Automaton::State state = automaton->start();
  for (std::size_t i = 0; i < text.size(); ++i) {
    require(state != schema::Automaton::kDead || !matches);
    state = automaton->step(state, text.substr(i, 1));
  }
  require(automaton->accepts(state) == matches);
  return 0;
}
