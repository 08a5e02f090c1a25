#include "classify/verdict.h"

namespace pointsman::classify {

std::string_view to_string(Stage stage) {
  switch (stage) {
    case Stage::kClient:
      return "client";
    case Stage::kRule:
      return "rule";
    case Stage::kMemory:
      return "memory";
    case Stage::kLocal:
      return "local";
    case Stage::kLlm:
      return "llm";
    case Stage::kFallback:
      return "fallback";
  }
  return "fallback";
}

bool is_settled(const Verdict& verdict) {
  const Stage stage = verdict.stage;
  if (stage == Stage::kClient || stage == Stage::kRule || stage == Stage::kMemory) return true;
  return stage == Stage::kFallback && verdict.reason.starts_with(kCorrected);
}

}  // namespace pointsman::classify
