#include "classify/verdict.h"

namespace pointsman::classify {

std::string_view to_string(Stage stage) {
  switch (stage) {
    case Stage::kClient:
      return "client";
    case Stage::kRule:
      return "rule";
    case Stage::kLocal:
      return "local";
    case Stage::kLlm:
      return "llm";
    case Stage::kFallback:
      return "fallback";
  }
  return "fallback";
}

}  // namespace pointsman::classify
