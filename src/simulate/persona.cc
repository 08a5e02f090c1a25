#include "simulate/persona.h"

#include <algorithm>

#include "base/hash.h"

namespace pointsman::simulate {
namespace {

constexpr std::size_t kMaxName = 64;

bool plain_name(std::string_view name) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/:";
  return !name.empty() && name.size() <= kMaxName && name.find_first_not_of(kAllowed) == std::string_view::npos;
}

bool within(double value, double least, double most) {
  return value >= least && value <= most;
}

std::string_view complaint(const ProviderOptions& options) {
  if (!plain_name(options.name)) return "a name is 1 to 64 letters, digits and '-._/:'";
  if (!std::ranges::all_of(options.models, plain_name)) return "a model's name is 1 to 64 letters, digits and '-._/:'";
  if (!within(options.answer_spread, 0, 1)) return "answer_spread is between 0 and 1";
  if (options.answer_tokens == 0 || options.answer_tokens > 200'000) return "answer_tokens is 1 to 200000";
  if (options.tokens_per_chunk == 0) return "tokens_per_chunk is at least 1";
  if (options.cached_prompt_percent > 100) return "cached_prompt_percent is at most 100";
  if (!within(options.timing.first_token_ms, 0, 600'000)) return "first_token_ms is 0 to 600000";
  if (!within(options.timing.first_token_sigma, 0, 4)) return "first_token_sigma is 0 to 4";
  if (!within(options.timing.tokens_per_second, 0, 1e6)) return "tokens_per_second is 0 to 1000000";
  if (!within(options.timing.jitter, 0, 1)) return "jitter is between 0 and 1";
  return {};
}

std::string fingerprint_of(const ProviderOptions& options) {
  const auto digits = key_digits(base::xxh3(options.name, options.seed));
  return "fp_sim" + std::string(digits.data(), 10);
}

}  // namespace

base::Result<std::shared_ptr<Persona>> Persona::make(ProviderOptions options) {
  const std::string whose = "simulated provider '" + options.name + "'";
  if (const auto wrong = complaint(options); !wrong.empty()) {
    return base::fail(base::ErrorCode::kInvalidArgument, whose + ": " + std::string(wrong));
  }
  auto plan = FaultPlan::make(options.faults);
  if (!plan) return base::fail(std::move(plan).error().in(whose));
  if (options.models.empty()) options.models.push_back(options.name);
  return std::make_shared<Persona>(std::move(options), std::move(*plan));
}

Persona::Persona(ProviderOptions checked, FaultPlan plan)
    : options_(std::move(checked)),
      book_(options_.seed, options_.answer_tokens, options_.answer_spread),
      faults_(std::move(plan)),
      fingerprint_(fingerprint_of(options_)),
      bill_(options_) {}

bool Persona::serves(std::string_view model) const {
  return std::ranges::find(options_.models, model) != options_.models.end();
}

std::int64_t Persona::created() const {
  if (options_.clock == nullptr) return options_.created;
  return std::chrono::floor<std::chrono::seconds>(options_.clock->wall()).time_since_epoch().count();
}

}  // namespace pointsman::simulate
