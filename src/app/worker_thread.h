// One thread of the gateway: its loop, the worker on it, and the worker's listeners.
//
// Built and listening before its thread starts; afterwards everything in it belongs to that thread, and others post.
#pragma once

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "gateway/worker.h"
#include "http/server.h"
#include "net/loop.h"

namespace pointsman::app {

class WorkerThread {
 public:
  WorkerThread(gateway::WorkerParts parts, std::unique_ptr<net::Loop> loop);
  ~WorkerThread();
  WorkerThread(const WorkerThread&) = delete;
  WorkerThread& operator=(const WorkerThread&) = delete;

  // Before start(). Returns the port.
  base::Result<std::uint16_t> listen(const std::string& address, std::uint16_t port, const http::ServerLimits& limits,
                                     net::SslContext tls);
  void start(gateway::SnapshotPtr snapshot);
  void use(gateway::SnapshotPtr snapshot);
  void drain();
  void close_all();
  // Ends the thread.
  void stop();

  // Open client connections and requests being served, as of the last second.
  std::size_t connections() const { return connections_.load(std::memory_order_relaxed); }
  std::size_t active() const { return active_.load(std::memory_order_relaxed); }
  // Asks the thread to bring the two figures up to date.
  void refresh();

 private:
  std::unique_ptr<net::Loop> loop_;
  std::unique_ptr<gateway::Worker> worker_;
  std::vector<std::unique_ptr<http::Server>> servers_;
  std::thread thread_;
  std::atomic<std::size_t> connections_{0};
  std::atomic<std::size_t> active_{0};
};

}  // namespace pointsman::app
