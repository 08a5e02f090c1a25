// A thread for deliveries, apart from those that serve requests: an event loop and a name resolver of its own, so that
// neither a receiver nor a name server that does not answer is ever felt by a request.
//
// Owned by whoever has something to deliver; start() and stop() belong to the thread that made it. What is delivered
// lives on the loop, between start() and stop().
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "net/dns.h"
#include "net/loop.h"

namespace pointsman::courier {

// What is delivered. All of it is called on the loop.
class Deliveries {
 public:
  virtual ~Deliveries() = default;
  // The end is near: what waits for company goes now.
  virtual void hurry() {}
  // Something is under way, or due now.
  virtual bool busy() const = 0;
  // No further attempts, and those under way are cut.
  virtual void stop() = 0;
  // Says in the log what was not delivered, if anything was not.
  virtual void lament() = 0;
};

class DeliveryThread {
 public:
  using Make = std::function<std::unique_ptr<Deliveries>(net::Loop&, net::Resolver&)>;

  // `name`: of the thread, and in the log.
  explicit DeliveryThread(std::string name) : name_(std::move(name)) {}
  ~DeliveryThread() { stop(base::Duration(0)); }
  DeliveryThread(const DeliveryThread&) = delete;
  DeliveryThread& operator=(const DeliveryThread&) = delete;

  bool started() const { return thread_.joinable(); }
  // `make` is called at once.
  void start(const Make& make);
  // While started.
  net::Loop& loop() { return *loop_; }
  // Gives what is due so long to be delivered, drops the rest, and ends the thread. Nobody may post any more.
  void stop(base::Duration grace);

 private:
  net::Awaitable<> wind_down(base::MonoTime until);

  std::string name_;
  // The resolver posts to the loop: its thread ends before the loop goes.
  std::unique_ptr<net::Loop> loop_;
  std::unique_ptr<net::Resolver> resolver_;
  std::unique_ptr<Deliveries> work_;
  bool wound_down_ = false;
  std::thread thread_;
};

}  // namespace pointsman::courier
