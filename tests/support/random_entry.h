// Entries for tests: repeatable from a seed, every field filled differently.
// Deterministic for a seed.
#pragma once

#include <string>

#include "base/rng.h"
#include "ledger/entry.h"

namespace pointsman::test {

inline std::string random_text(base::Rng& rng, std::size_t most) {
  static constexpr const char* kPieces[] = {"a", "Z", "9", "-", "\"", "\\", "\n", "é", "漢", "😀", " ", "\x01"};
  std::string text;
  const std::size_t pieces = rng.below(most + 1);
  for (std::size_t i = 0; i < pieces; ++i) text += kPieces[rng.below(std::size(kPieces))];
  return text;
}

inline std::vector<std::string> random_list(base::Rng& rng, std::size_t most) {
  std::vector<std::string> list(rng.below(most + 1));
  for (std::string& item : list) item = random_text(rng, 20);
  return list;
}

inline std::int64_t random_signed(base::Rng& rng) {
  return static_cast<std::int64_t>(rng.next() >> rng.below(64)) * (rng.below(2) == 0 ? 1 : -1);
}

inline std::optional<std::int64_t> random_optional(base::Rng& rng) {
  if (rng.below(3) == 0) return std::nullopt;
  return static_cast<std::int64_t>(rng.below(200'000));
}

inline void fill_numbers(base::Rng& rng, ledger::Entry& entry) {
  entry.conversation = rng.next();
  entry.text_hash = rng.next();
  entry.capabilities = static_cast<std::uint32_t>(rng.next());
  entry.input_tokens_estimate = random_signed(rng);
  entry.output_tokens_limit = random_signed(rng);
  entry.stream = rng.below(2) == 0;
  entry.tool_result_turn = rng.below(2) == 0;
  if (rng.below(2) == 0) entry.probability = static_cast<float>(rng.uniform());
  entry.threshold = static_cast<float>(rng.uniform());
  entry.status = static_cast<int>(rng.below(600));
  entry.outcome = static_cast<ledger::Outcome>(rng.below(6));
  entry.usage = {random_optional(rng), random_optional(rng), random_optional(rng), random_optional(rng)};
  if (rng.below(2) == 0) entry.cost = base::Money{random_signed(rng)};
  if (rng.below(2) == 0) entry.baseline_cost = base::Money{random_signed(rng)};
  entry.classify_time = std::chrono::microseconds(rng.below(5'000));
  entry.overhead = std::chrono::microseconds(rng.below(5'000));
  entry.first_byte = std::chrono::microseconds(rng.below(5'000'000));
  entry.total = std::chrono::microseconds(rng.below(60'000'000));
  entry.request_bytes = rng.next() >> rng.below(64);
  entry.response_bytes = rng.next() >> rng.below(64);
}

inline ledger::Consultation random_consultation(base::Rng& rng) {
  ledger::Consultation asked;
  asked.outcome = "used" + random_text(rng, 4);
  asked.source = random_text(rng, 8);
  asked.model = random_text(rng, 20);
  asked.prompt_version = random_text(rng, 16);
  asked.probabilities.resize(rng.below(8));
  for (float& one : asked.probabilities) one = static_cast<float>(rng.uniform());
  asked.offered.resize(rng.below(5));
  for (std::uint32_t& one : asked.offered) one = static_cast<std::uint32_t>(rng.below(1'000));
  asked.coverage = static_cast<float>(rng.uniform());
  asked.cached = rng.below(2) == 0;
  asked.hedged = rng.below(2) == 0;
  asked.none_offered = rng.below(2) == 0;
  asked.usage = {random_optional(rng), random_optional(rng), random_optional(rng), random_optional(rng)};
  if (rng.below(2) == 0) asked.cost = base::Money{random_signed(rng)};
  asked.took = std::chrono::microseconds(rng.below(400'000));
  return asked;
}

inline void fill_recall(base::Rng& rng, ledger::Entry& entry) {
  entry.recalled = {random_text(rng, 12), random_text(rng, 8), static_cast<float>(rng.uniform()), random_text(rng, 9)};
  entry.recalled.decision += "d";
  entry.context = random_text(rng, 20);
}

inline void fill_passage(base::Rng& rng, ledger::Entry& entry) {
  entry.passage = {.client = random_text(rng, 8),
                   .upstream = random_text(rng, 8),
                   .losses = random_list(rng, 4),
                   .drained = rng.below(2) == 0,
                   .drained_bytes = rng.below(100'000),
                   .json = random_text(rng, 20)};
  entry.usage.cache_write_tokens = random_optional(rng);
}

inline ledger::Entry random_entry(base::Rng& rng, base::Uuid id) {
  ledger::Entry entry;
  entry.id = id;
  entry.started = id.time() + std::chrono::microseconds(rng.below(1000));
  fill_numbers(rng, entry);
  entry.requested_model = random_text(rng, 30);
  entry.route_header = random_text(rng, 10);
  entry.text = random_text(rng, rng.below(4) == 0 ? 500 : 0);
  entry.probabilities.resize(rng.below(8));
  for (float& one : entry.probabilities) one = static_cast<float>(rng.uniform());
  entry.rule_hits = random_list(rng, 4);
  if (rng.below(2) == 0) {
    entry.encoder = random_text(rng, 12);
    entry.encoder_time = std::chrono::microseconds(rng.below(50'000));
  }
  if (rng.below(2) == 0) entry.consultation = random_consultation(rng);
  if (rng.below(2) == 0) {
    entry.order = {"latency" + random_text(rng, 4), random_text(rng, 12), rng.next(), {}};
    entry.order.paces.resize(rng.below(4));
    for (auto& pace : entry.order.paces) pace = {random_text(rng, 12), std::chrono::microseconds(random_signed(rng))};
  }
  if (rng.below(2) == 0) {
    entry.features.resize(rng.below(40));
    for (text::Feature& one : entry.features) {
      one = {static_cast<std::uint32_t>(rng.next()), static_cast<std::uint16_t>(rng.next()),
             static_cast<text::Block>(rng.below(text::kBlocks))};
    }
    entry.user = rng.next();
    entry.key = random_text(rng, 8);
    entry.exploration = {random_text(rng, 8), static_cast<float>(rng.uniform())};
  }
  if (rng.below(2) == 0) fill_recall(rng, entry);
  if (rng.below(2) == 0) fill_passage(rng, entry);
  entry.unavailable = random_list(rng, 4);
  entry.category = random_text(rng, 12);
  entry.stage = random_text(rng, 8);
  entry.reason = random_text(rng, 30);
  entry.candidates = random_list(rng, 6);
  entry.policy_version = random_text(rng, 16);
  entry.classifier_version = random_text(rng, 16);
  entry.attempts.resize(rng.below(4));
  for (ledger::Attempt& attempt : entry.attempts) {
    attempt = {random_text(rng, 12),
               random_text(rng, 8),
               static_cast<int>(rng.below(600)),
               random_text(rng, 10),
               std::chrono::microseconds(rng.below(1'000'000)),
               {}};
    if (entry.order.strategy.empty() || rng.below(2) == 0) continue;
    attempt.judged.worth = "unsure" + random_text(rng, 3);
    if (rng.below(2) == 0) attempt.judged.confidence = static_cast<float>(rng.uniform());
    attempt.judged.discarded = rng.below(2) == 0;
    attempt.judged.usage = {random_optional(rng), random_optional(rng), random_optional(rng), random_optional(rng)};
    if (rng.below(2) == 0) attempt.judged.cost = base::Money{random_signed(rng)};
  }
  entry.model = random_text(rng, 16);
  entry.provider = random_text(rng, 8);
  entry.error = random_text(rng, 20);
  return entry;
}

// What a gateway typically records: the entry benches measure with.
inline ledger::Entry typical_entry(base::Uuid id) {
  ledger::Entry entry;
  entry.id = id;
  entry.started = id.time();
  entry.requested_model = "auto";
  entry.conversation = 0x1234567890abcdefULL;
  entry.text_hash = 0xfedcba0987654321ULL;
  entry.capabilities = 5;
  entry.input_tokens_estimate = 812;
  entry.output_tokens_limit = 1024;
  entry.stream = true;
  entry.probabilities = {0.91F, 0.06F, 0.03F};
  entry.category = "simple";
  entry.probability = 0.91F;
  entry.threshold = 0.7F;
  entry.stage = "local";
  entry.reason = "above_threshold";
  entry.candidates = {"gpt-5-mini", "claude-haiku-4-5", "gpt-5.1"};
  entry.policy_version = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
  entry.classifier_version = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";
  entry.attempts = {{"gpt-5-mini", "openai", 200, "", std::chrono::microseconds(212'345), {}}};
  entry.model = "gpt-5-mini";
  entry.provider = "openai";
  entry.status = 200;
  entry.usage = {790, 512, 322, std::nullopt};
  entry.cost = base::Money{726'900};
  entry.baseline_cost = base::Money{4'207'500};
  entry.classify_time = std::chrono::microseconds(41);
  entry.overhead = std::chrono::microseconds(180);
  entry.first_byte = std::chrono::microseconds(212'600);
  entry.total = std::chrono::microseconds(3'012'345);
  entry.request_bytes = 4'312;
  entry.response_bytes = 20'123;
  return entry;
}

}  // namespace pointsman::test
