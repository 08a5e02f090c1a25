// A JSON text in pieces, as a model would write it: prints every change, and what is there after each piece.
//
//   embed_growing_json '{"title":"Growing","sizes":[1,22'
#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>

#include "json/growing_value.h"

namespace json = pointsman::json;

namespace {

struct Print {
  void patch(const json::Patch& patch) {
    static constexpr const char* kNames[] = {"object", "array", "string", "append", "set", "close"};
    const char* const quote = patch.op == json::PatchOp::kAppend ? "\"" : "";
    std::printf("  %s %s %s%.*s%s\n", kNames[static_cast<int>(patch.op)], patch.path.pointer().c_str(), quote,
                static_cast<int>(patch.text.size()), patch.text.data(), quote);
  }
};

}  // namespace

int main(int argc, char** argv) {
  Print print;
  json::GrowingValue<Print> value(print, {.bytes = 1U << 20, .nodes = 10'000});
  std::string_view text = argc > 1 ? argv[1] : R"({"title":"Growing","sizes":[1,22,3]})";
  for (; !text.empty(); text.remove_prefix(std::min<std::size_t>(4, text.size()))) {
    value.feed(text.substr(0, 4));
    std::printf("so far: %s\n", value.snapshot().c_str());
  }
  if (!value.finish() && value.fault()) {
    std::printf("no JSON at byte %zu: %s\n", static_cast<std::size_t>(value.fault()->offset),
                std::string(value.fault()->what).c_str());
  }
  return value.complete() ? 0 : 1;
}
