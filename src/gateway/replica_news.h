// What workers have to tell other replicas: where conversations went, and which models began to fail.
//
// One per process. conversation() and failing() may be called from any worker's loop: a short lock, off the way of the
// answer's bytes. Bounded: the oldest makes room, for all of it is advice that may be lost. take() belongs to whoever
// tells it, and may come late: what was noted before is older then, and says so.
#pragma once

#include <deque>
#include <mutex>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "limits/failure_hint.h"
#include "route/conversation_news.h"

namespace pointsman::gateway {

class ReplicaNews {
 public:
  // Between two takes, ten a second: that many conversations a replica can tell of in a tenth of one.
  static constexpr std::size_t kConversations = 200;
  static constexpr std::size_t kFailures = 32;

  void conversation(const route::ConversationNews& one, base::MonoTime now) {
    const std::scoped_lock lock(mutex_);
    add(conversations_, kConversations, one, now);
  }
  void failing(const limits::FailureHint& one, base::MonoTime now) {
    const std::scoped_lock lock(mutex_);
    add(failures_, kFailures, one, now);
  }

  struct Taken {
    std::vector<route::ConversationNews> conversations;
    std::vector<limits::FailureHint> failures;  // nothing may be left of some
  };
  Taken take(base::MonoTime now) {
    const std::scoped_lock lock(mutex_);
    Taken out;
    for (auto& [one, noted] : conversations_) {
      one.last.age += std::chrono::duration_cast<std::chrono::seconds>(now - noted);
      out.conversations.push_back(one);
    }
    for (auto& [one, noted] : failures_) {
      one.left -= now - noted;
      out.failures.push_back(one);
    }
    conversations_.clear();
    failures_.clear();
    return out;
  }

 private:
  template <class One>
  using Noted = std::deque<std::pair<One, base::MonoTime>>;
  template <class One>
  static void add(Noted<One>& to, std::size_t most, const One& one, base::MonoTime now) {
    if (to.size() >= most) to.pop_front();
    to.emplace_back(one, now);
  }

  std::mutex mutex_;
  Noted<route::ConversationNews> conversations_;
  Noted<limits::FailureHint> failures_;
};

}  // namespace pointsman::gateway
