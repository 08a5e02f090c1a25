// Whole answers that may be given again: in memory alone, bounded in bytes, each for a time of its own.
//
// One per process, shared by all workers. Any method may be called from any thread: the keys are spread over shards,
// each with a short lock of its own, and what is found stays valid for as long as the finder holds it. Time is an
// argument. What was used longest ago makes room: requests that come again come again soon, and the rest is gone with
// its time anyway. What is too old is never given, and its memory is given back with the next calls or by sweep().
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "answers/answer_key.h"
#include "base/clock.h"
#include "llm/usage.h"

namespace pointsman::answers {

// An answer as it went to the client, and what the ledger knows of it.
struct KeptAnswer {
  std::string body;  // the content, without the framing of its transfer: one JSON text, or a stream of events
  std::string content_type;
  bool stream = false;   // it is a stream of events
  std::string decision;  // that it was made for
  std::string model;
  std::string provider;
  std::string upstream;             // the protocol it was translated from; empty: none
  std::vector<std::string> losses;  // of the translation: all, for the ledger
  std::vector<std::string> told;    // and those that clients are told of
  llm::Usage usage;
  std::uint64_t snapshot = 0;  // what it was made under (keep_only)
};
using KeptAnswerPtr = std::shared_ptr<const KeptAnswer>;

struct FoundAnswer {
  KeptAnswerPtr answer;
  base::Duration age{};
};

class ResponseCache {
 public:
  static constexpr std::size_t kShards = 8;
  static constexpr std::size_t kLongestAnswer = std::size_t{1} << 20;
  static constexpr std::size_t kOverhead = 512;  // of an answer, besides its own bytes; estimated

  // At most that many bytes over all shards, the answers' own and what keeping them takes.
  explicit ResponseCache(std::size_t capacity) : capacity_(capacity) {}

  // Whatever is too much goes at once.
  void resize(std::size_t capacity);
  // An answer larger than this is not kept: a shard has to hold several.
  std::size_t longest_answer() const;

  // The answer, unless it is not there, or too old by now.
  std::optional<FoundAnswer> find(const AnswerKey& key, base::MonoTime now);
  // Whether find() would find it; does not count as a use.
  bool contains(const AnswerKey& key, base::MonoTime now) const;
  // Replaces what is there. False: it is too large to be kept.
  bool put(const AnswerKey& key, KeptAnswerPtr answer, base::MonoTime now, base::Duration time_to_live);

  // Frees what is too old.
  void sweep(base::MonoTime now);
  // Frees what was made under other snapshots (KeptAnswer::snapshot) than these.
  void keep_only(std::span<const std::uint64_t> snapshots);

  std::size_t bytes() const;
  std::size_t size() const;

 private:
  struct Item;
  using Order = std::list<Item>;
  using Expiry = std::multimap<base::MonoTime, Order::iterator>;
  struct Item {
    AnswerKey key;
    KeptAnswerPtr answer;
    std::size_t bytes = 0;
    base::MonoTime since;
    base::MonoTime until;
    Expiry::iterator expiry;
  };
  struct KeyHash {
    std::size_t operator()(const AnswerKey& key) const;
  };
  struct Shard {
    mutable std::mutex mutex;
    Order order;  // the one used last in front
    std::unordered_map<AnswerKey, Order::iterator, KeyHash> index;
    Expiry expiry;
    std::size_t bytes = 0;

    void drop(Order::iterator item);
    void drop_expired(base::MonoTime now, std::size_t most);
    void shrink(std::size_t capacity);
  };

  Shard& shard_of(const AnswerKey& key) { return shards_[key.back() % kShards]; }
  const Shard& shard_of(const AnswerKey& key) const { return shards_[key.back() % kShards]; }
  std::size_t capacity_of_shard() const { return capacity_.load(std::memory_order_relaxed) / kShards; }

  std::atomic<std::size_t> capacity_;
  std::array<Shard, kShards> shards_;
};

}  // namespace pointsman::answers
