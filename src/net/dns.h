// Name resolution off the event loops, with a cache.
//
// One resolver per process, shared by all loops; safe from any thread. getaddrinfo() runs on its own thread. Answers
// are kept for a minute and refreshed in the background, so a slow or dead name server delays only the first request to
// a name; failures are kept for two seconds.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "net/loop.h"

namespace pointsman::net {

using Addresses = std::vector<asio::ip::address>;
// Never null when the Result holds a value, never empty.
using AddressesPtr = std::shared_ptr<const Addresses>;

class Resolver {
 public:
  // Does the blocking look-up; the default asks the system. Tests give their own.
  using Lookup = std::function<base::Result<Addresses>(const std::string& host)>;

  Resolver();
  explicit Resolver(Lookup lookup);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // An address literal or a cached name, without waiting.
  AddressesPtr cached(const std::string& host, base::MonoTime now);
  // Calls `done` on `loop` with the answer. The loop must outlive the call.
  void resolve(const std::string& host, Loop& loop, std::function<void(base::Result<AddressesPtr>)> done);

  static constexpr std::chrono::seconds kFresh{60};
  static constexpr std::chrono::minutes kStale{10};
  static constexpr std::chrono::seconds kFailure{2};

 private:
  struct Waiter {
    Loop* loop;
    std::function<void(base::Result<AddressesPtr>)> done;
  };
  struct Known {
    AddressesPtr addresses;
    base::MonoTime at;
    std::string failure;
    base::MonoTime failed_at;
    bool pending = false;
    std::vector<Waiter> waiters;
  };
  void work();
  void enqueue(const std::string& host, Known& known);
  base::Result<Addresses> look_up(const std::string& host);
  void publish(const std::string& host, base::Result<Addresses> answer);

  Lookup lookup_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::map<std::string, Known> known_;
  std::deque<std::string> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace pointsman::net
