#include "cli/exact_counters.h"

#include <memory>

#include "text/bpe.h"
#include "vocabulary/vocabulary.h"

namespace pointsman::cli {
namespace {

consult::CountTokens counter_of(std::string_view encoding) {
  auto vocabulary = vocabulary::open(encoding);
  if (!vocabulary) return {};
  return [counter = std::make_shared<text::TokenCounter>(std::move(*vocabulary))](std::string_view text) {
    return counter->count(text);
  };
}

}  // namespace

consult::Counters exact_counters(const config::Config& config) {
  if (!config.router.llm) return {};
  return {.o200k = counter_of("o200k_base"), .cl100k = counter_of("cl100k_base")};
}

}  // namespace pointsman::cli
