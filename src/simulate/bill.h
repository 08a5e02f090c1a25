// What a simulated provider has served and would have charged: the other side's books, to compare a gateway's with.
//
// A bill is shared by the loops that serve one provider; each counts on a shard of its own, reading adds them up. All
// members may be called from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>

#include "http/head.h"
#include "simulate/completion.h"

namespace pointsman::simulate {

struct Abort {
  std::int64_t after_us = 0;  // since the request's head was read
  std::uint64_t bytes = 0;    // of the response, head included
  std::uint64_t tokens = 0;   // sent by then, and billed
};

class Bill {
 public:
  struct alignas(64) Shard {
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> answers{0};
    std::atomic<std::uint64_t> streams{0};  // of the answers
    std::atomic<std::uint64_t> errors{0};
    std::atomic<std::uint64_t> faults{0};
    std::atomic<std::uint64_t> aborted{0};
    std::atomic<std::uint64_t> prompt_tokens{0};
    std::atomic<std::uint64_t> cached_tokens{0};
    std::atomic<std::uint64_t> completion_tokens{0};
    std::atomic<std::uint64_t> reasoning_tokens{0};
    std::atomic<std::int64_t> cost_nanos{0};
  };

  Bill(const ProviderOptions& options) : options_(options) {}  // NOLINT(google-explicit-constructor)

  // Lives as long as the bill.
  Shard& add_shard();
  void charge(Shard& shard, const TokenUsage& usage) const;
  void count_abort(Shard& shard, const Abort& abort);
  void keep_request(const http::RequestHead& head, std::string_view body);

  std::string stats_json() const;
  std::string requests_json() const;
  void reset();

 private:
  static constexpr std::size_t kMaxAborts = 64;
  static constexpr std::size_t kMaxKeptBody = 1024 * 1024;

  const ProviderOptions& options_;
  mutable std::mutex mutex_;
  std::deque<Shard> shards_;
  std::deque<Abort> aborts_;
  std::deque<std::string> requests_;  // as JSON
};

inline void add(std::atomic<std::uint64_t>& counter, std::uint64_t by = 1) {
  counter.fetch_add(by, std::memory_order_relaxed);
}

}  // namespace pointsman::simulate
