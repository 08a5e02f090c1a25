// Answers in Redis that may be given again by any replica: one key for each, with the time after which Redis drops it.
//
// Redis is a place that others may look into, and write to. So names and values come of a secret of the replicas: a
// name is an HMAC of what the answer is kept under, so that nobody can try out what was asked, and a value is sealed
// with a key of its own (base/seal.h), so that nobody can read it, or put another in its place. What remains to who has
// not the secret is to lose answers, or to give one again for as long as it is valid anyway, which its own date says.
//
// On one loop with its client; all of it is bounded, and what does not fit is a miss, or not kept. Work under way
// refers to it: it goes when its loop has run to its end.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "answers/answer_record.h"
#include "base/clock.h"
#include "base/hash.h"
#include "config/config.h"
#include "shared_redis/client.h"
#include "telemetry/metrics.h"

namespace pointsman::shared_redis {

// Where the answer kept under that key is, and what it is sealed with.
struct AnswerPlace {
  std::string name;  // of Redis's key
  base::Sha256 key{};
};
// What all replicas have, and Redis is not told. Empty: answers are not shared.
const base::Secret& sealing_secret(const config::RedisConfig& config);
AnswerPlace place_of(std::string_view prefix, std::string_view secret, const answers::AnswerKey& key);

class AnswerShelf {
 public:
  static constexpr std::size_t kLongestValue = std::size_t{256} << 10;  // sealed
  static constexpr std::size_t kMostLooks = 256;                        // under way
  static constexpr std::size_t kMostKept = std::size_t{512} << 10;      // bytes on their way
  // Between the clocks of two replicas. What was made later than that is none of theirs.
  static constexpr std::chrono::seconds kMostAhead{60};

  // All outlive it; the shard is the loop's thread's.
  AnswerShelf(net::Loop& loop, Client& client, const base::Clock& clock, telemetry::Shard& shard,
              const config::RedisConfig& config);

  struct Found {
    answers::KeptAnswer answer;
    base::Duration age{};
  };
  using Tell = std::move_only_function<void(std::optional<Found>)>;
  // Tells once, on the loop. Nothing: it is not there, cannot be read, or Redis is away.
  void find(const answers::AnswerKey& key, Tell tell);
  void keep(const answers::AnswerKey& key, answers::KeptAnswerPtr answer, base::Duration time_to_live);

 private:
  net::Awaitable<> look(AnswerPlace place, Tell tell);
  std::optional<Found> read(const AnswerPlace& place, const RespValue& reply);
  net::Awaitable<> put(std::string name, std::string value, base::Duration time_to_live);
  telemetry::Counter& count(std::string_view operation, std::string_view result);
  void refused(const RespValue& reply, std::string_view operation);

  net::Loop& loop_;
  Client& client_;
  const base::Clock& clock_;
  telemetry::Shard& shard_;
  const config::RedisConfig& config_;
  std::size_t looks_ = 0;
  std::size_t keeping_ = 0;  // bytes
  bool told_refusal_ = false;
};

}  // namespace pointsman::shared_redis
