// What a replica says in Redis and hears from the others: a stream of records, to which each adds what it used and from
// which each reads what is new.
//
// One key, so one slot of a cluster: PREFIX:{PREFIX}:rates. An entry holds who speaks ("r"), a number that rises ("s"),
// rates ("c", rate_record.h), news of conversations ("v") and of failures ("b", both news.h), or that it leaves ("e").
// Redis gives each entry its time, so that replicas need not agree on theirs. Nothing is counted twice: an entry whose
// fate is unknown is sent again under its number, and heard once. What is older than a minute says nothing any more;
// Redis is told to drop it.
//
// Sans I/O: time is an argument. One exchange is ask(), then hear() with the replies, or failed(). Belongs to one
// thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "limits/shared_rates.h"
#include "shared_redis/news.h"
#include "shared_redis/resp_commands.h"
#include "shared_redis/resp_value.h"

namespace pointsman::shared_redis {

class Talk {
 public:
  // How long a replica that says nothing counts as one of us.
  static constexpr std::chrono::seconds kGone{5};
  static constexpr std::chrono::seconds kHeartbeat{1};

  // `replica`: whom nobody else is called.
  Talk(std::string_view prefix, std::string replica);

  // Whether what was said last has been taken; until then there is nothing new to say.
  bool may_say() const { return !saying_; }
  void say(std::vector<limits::RateChange> changes, News news, base::MonoTime now);
  // From the next exchange on: the last word.
  void leave() { leaving_ = true; }

  RespCommands ask(base::MonoTime now);
  struct Heard {
    std::vector<limits::RateChange> changes;  // of others
    News news;                                // likewise
    bool more = false;                        // there is more to hear at once
    std::size_t unreadable = 0;               // entries that are none of ours
  };
  base::Result<Heard> hear(const std::vector<RespValue>& replies, base::MonoTime now);
  void failed();

  // As of the last exchange that came to its end, this one included.
  int replicas() const { return replicas_; }

 private:
  static constexpr std::size_t kMostPeers = 4096;
  static constexpr int kFewest = 1;
  static constexpr int kMost = 512;

  struct Said {
    std::uint64_t number = 0;
    base::MonoTime at;  // that the ages count from
    std::vector<limits::RateChange> changes;
    News news;
  };
  struct Peer {
    std::uint64_t number = 0;
    base::MonoTime heard;
  };
  struct Entry;

  void add_entry(RespCommands& out, base::MonoTime now);
  base::Result<void> take_added(const RespValue& reply, base::MonoTime now);
  void take_entry(const Entry& entry, base::MonoTime now, Heard& heard);
  static void take_news(const Entry& entry, std::int64_t age, Heard& heard);
  void count_replicas(base::MonoTime now);
  std::int64_t redis_now(base::MonoTime now) const;

  std::string key_;
  std::string replica_;
  std::optional<Said> saying_;  // not known to have been taken
  std::uint64_t number_ = 0;    // of what was said last
  bool leaving_ = false;
  bool adds_ = false;  // the exchange under way says something
  std::string last_read_ = "0-0";
  int count_ = 64;                        // entries that are asked for at a time
  std::optional<std::int64_t> redis_ms_;  // Redis's time at...
  base::MonoTime known_at_{};
  base::MonoTime added_at_{};
  std::map<std::string, Peer, std::less<>> peers_;
  int replicas_ = 1;
};

}  // namespace pointsman::shared_redis
