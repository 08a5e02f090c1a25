#include "wire/nesting.h"

namespace pointsman::wire {

bool nests_deeper(std::string_view json, int levels) {
  int open = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '"') in_string = !in_string;
    if (in_string) {
      i += c == '\\' ? 1 : 0;
      continue;
    }
    if (c == '[' || c == '{') ++open;
    if (c == ']' || c == '}') --open;
    if (open > levels) return true;
  }
  return false;
}

}  // namespace pointsman::wire
