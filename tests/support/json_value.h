// A JSON text taken apart for a test: what stands at a pointer, or a value nobody expects.
// Header-only; for tests.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <string>

namespace pointsman::testing {

// A parsed JSON text that outlives its views.
struct Json {
  explicit Json(const std::string& text) : bytes(text), ok(parser.parse(bytes).get(root) == simdjson::SUCCESS) {}
  std::string text_at(const std::string& pointer) {
    std::string_view found;
    return root.at_pointer(pointer).get(found) == simdjson::SUCCESS ? std::string(found) : "(nothing)";
  }
  std::int64_t number_at(const std::string& pointer) {
    std::int64_t found = -1;
    return root.at_pointer(pointer).get(found) == simdjson::SUCCESS ? found : -1;
  }
  double real_at(const std::string& pointer) {
    double found = -1;
    return root.at_pointer(pointer).get(found) == simdjson::SUCCESS ? found : -1;
  }
  bool has(const std::string& pointer) { return root.at_pointer(pointer).error() == simdjson::SUCCESS; }
  std::string bytes;
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  bool ok;
};

}  // namespace pointsman::testing
