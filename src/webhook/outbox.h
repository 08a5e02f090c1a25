// Events on their way to receivers: what waits, what is due, what becomes of it.
//
// Pure; belongs to one thread, time is an argument. Bounded: where a receiver is away for long, the oldest events make
// room for new ones, and the loss is counted. Of each receiver one delivery is under way at a time; one that fails
// waits for its next attempt without holding up those behind it, so events may arrive out of order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "webhook/retry_schedule.h"

namespace pointsman::webhook {

// One document, shared by all receivers that get it.
struct Letter {
  std::string id;
  std::string_view type;
  std::string body;
};
using LetterPtr = std::shared_ptr<const Letter>;

// One letter to one receiver. `number` identifies it.
struct Delivery {
  std::uint64_t number = 0;
  std::string receiver;
  LetterPtr letter;
  int attempt = 1;  // which this is
};

enum class Fate : std::uint8_t {
  kDelivered,
  kRetried,  // waits for another attempt
  kGivenUp,  // attempts or time are used up, or the receiver wants no more of it
  kUnknown,  // no such delivery: its receiver has gone meanwhile, or it made room
};

struct Outcome {
  Fate fate = Fate::kUnknown;
  base::Duration wait{};  // of kRetried
};

class Outbox {
 public:
  static constexpr std::size_t kCapacity = 1'000;  // letters to one receiver

  Outbox(const RetryPolicy& policy, std::uint64_t seed, std::size_t capacity = kCapacity)
      : policy_(policy), capacity_(capacity), rng_(seed) {}

  // From now on these receivers; what waits for others is dropped. Returns how many letters that were.
  std::size_t set_receivers(const std::vector<std::string>& names);
  // For every receiver. Returns how many older letters had to make room.
  std::size_t put(const LetterPtr& letter, base::MonoTime now);

  // The next delivery that is due, marked as under way until finish(). Nothing if none is.
  std::optional<Delivery> take(base::MonoTime now);
  Outcome finish(std::uint64_t number, Verdict verdict, std::optional<base::Duration> asked, base::MonoTime now);

  // When take() may give something, those that wait for their receiver's present delivery aside; nothing if never.
  std::optional<base::MonoTime> next_due() const;
  // Letters that are not delivered yet, those under way among them.
  std::size_t waiting() const;
  std::size_t under_way() const;

 private:
  struct Item {
    std::uint64_t number = 0;
    LetterPtr letter;
    int attempts = 0;
    base::MonoTime put{};
    base::MonoTime due{};
    bool under_way = false;
  };
  struct Receiver {
    std::deque<Item> items;  // oldest first
    bool busy = false;
  };
  static Item* due_of(Receiver& receiver, base::MonoTime now);

  RetryPolicy policy_;
  std::size_t capacity_;
  base::Rng rng_;
  std::uint64_t last_ = 0;
  std::map<std::string, Receiver, std::less<>> receivers_;
};

}  // namespace pointsman::webhook
