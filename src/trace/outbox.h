// Batches of spans on their way to the collector: what waits, when the next may be tried, what became of it.
//
// Pure; belongs to one thread, time is an argument. Bounded in bytes: where the collector is away for long, the oldest
// batches make room for new ones, and the loss is counted in spans. One batch is under way at a time.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/rng.h"

namespace pointsman::trace {

struct Batch {
  std::string body;
  std::size_t spans = 0;
};

// What an attempt came to (OTLP over HTTP, section "Failures").
enum class Verdict : std::uint8_t {
  kTaken,    // 2xx
  kRetry,    // 429, 502, 503, 504, or no answer
  kRefused,  // anything else: trying again cannot help
};
// `status` is 0 where there was no answer.
Verdict verdict_of(int status);

struct OutboxPolicy {
  base::Duration first = std::chrono::seconds(1);       // the longest wait after the first failure; doubles each time
  base::Duration longest = std::chrono::seconds(30);    // of those waits
  base::Duration asked_most = std::chrono::minutes(5);  // how long a Retry-After may make us wait
  int attempts = 8;                                     // of one batch
  std::size_t max_bytes = std::size_t{16} << 20;        // of what waits
};

class Outbox {
 public:
  Outbox(const OutboxPolicy& policy, std::uint64_t seed) : policy_(policy), rng_(seed) {}

  // Returns how many spans of older batches, or of this one, had to go.
  std::size_t put(Batch batch);
  // The oldest batch, if none is under way and it is due; valid until finish() or put().
  const Batch* take(base::MonoTime now);
  // What became of it. Returns how many spans are lost.
  std::size_t finish(Verdict verdict, std::optional<base::Duration> asked, base::MonoTime now);
  // Everything that waits is lost; returns how many spans that were.
  std::size_t clear();

  bool empty() const { return batches_.empty(); }
  bool under_way() const { return under_way_; }
  // When take() may give something; nothing if there is nothing, or a batch is under way.
  std::optional<base::MonoTime> next_due() const;

 private:
  std::size_t drop_front();

  OutboxPolicy policy_;
  base::Rng rng_;
  std::deque<Batch> batches_;  // oldest first
  std::size_t bytes_ = 0;
  bool under_way_ = false;  // the first of them
  int failures_ = 0;        // of the first of them
  base::MonoTime due_{};
};

}  // namespace pointsman::trace
