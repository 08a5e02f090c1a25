// Where replicas keep answers for each other, behind the cache that each has for itself, and a request's look into it.
//
// The place is told and asked from any thread; it does its work elsewhere. A look waits on its own loop, for a bounded
// time, and whatever goes wrong is a miss: nobody fails for it.
#pragma once

#include <memory>
#include <optional>

#include "answers/response_cache.h"
#include "net/cancel.h"
#include "net/event.h"
#include "net/loop.h"

namespace pointsman::gateway {

struct SharedAnswer {
  answers::KeptAnswer answer;
  base::Duration age{};
};

class SharedLookup;
using SharedLookupPtr = std::shared_ptr<SharedLookup>;

class SharedAnswers {
 public:
  virtual ~SharedAnswers() = default;
  // Whether it answers: where it does not, nobody waits for it.
  virtual bool ready() const = 0;
  // How long a look may take.
  virtual base::Duration patience() const = 0;
  // The call hears done() once, unless the place is closed first.
  virtual void find(SharedLookupPtr call) = 0;
  // Keeps it if there is room, some time later.
  virtual void keep(const answers::AnswerKey& key, answers::KeptAnswerPtr answer, base::Duration time_to_live) = 0;
};

// One look; where its answer arrives. The loop outlives it.
class SharedLookup : public std::enable_shared_from_this<SharedLookup> {
 public:
  SharedLookup(net::Loop& loop, const answers::AnswerKey& key) : loop_(loop), key_(key) {}

  const answers::AnswerKey& key() const { return key_; }
  // From any thread. Nothing: it is not there.
  void done(std::optional<SharedAnswer> found);

 private:
  friend net::Awaitable<std::optional<SharedAnswer>> look_in(SharedAnswers& place, SharedLookupPtr call,
                                                             net::CancelToken& cancel);
  net::Loop& loop_;
  const answers::AnswerKey key_;
  // On the loop only:
  net::Event woken_;
  std::optional<SharedAnswer> found_;
};

// On the call's loop. Nothing: it is not there, or did not come within the place's patience, or the client has left.
net::Awaitable<std::optional<SharedAnswer>> look_in(SharedAnswers& place, SharedLookupPtr call,
                                                    net::CancelToken& cancel);

}  // namespace pointsman::gateway
