// One thread of the gateway: its loop, the worker on it, and the worker's listeners.
//
// Built and listening before its thread starts; afterwards everything in it belongs to that thread, and others post.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "admin/handler.h"
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
  // Likewise, with what only operators may see.
  base::Result<std::uint16_t> listen_admin(const std::string& address, std::uint16_t port,
                                           const http::ServerLimits& limits, const admin::Office& office);
  void start(gateway::Lineup lineup, gateway::AccessPtr access);
  void use(gateway::Lineup lineup);
  void admit_by(gateway::AccessPtr access);
  // From any thread: another replica's breaker has opened.
  void warn(const limits::FailureHint& hint);
  void calibrate_by(gateway::CalibrationTablePtr table);
  // Goes on serving, but asks clients to leave (http::Server::retire).
  void retire();
  void drain();
  void close_all();
  // Cuts what is left, lets it run to its end, and ends the thread. Nothing is served afterwards.
  void stop();

  struct Load {
    std::size_t connections = 0;  // open client connections
    std::size_t active = 0;       // requests being served
  };
  // Asks the thread, and waits for its answer; nothing if it is too busy to give one.
  std::optional<Load> load();
  // Likewise, of the models.
  std::vector<gateway::Health::Shown> models();
  // As last told; and the question for next time. From any thread, without waiting.
  Load last_load();

 private:
  Load count() const;
  net::Awaitable<> wind_down();

  std::unique_ptr<net::Loop> loop_;
  std::unique_ptr<gateway::Worker> worker_;
  std::unique_ptr<admin::Handler> admin_;  // null without an admin listener
  std::vector<std::unique_ptr<http::Server>> servers_;
  std::thread thread_;
  std::atomic<std::size_t> connections_{0};  // as last told
  std::atomic<std::size_t> active_{0};       // likewise
  bool wound_down_ = false;
};

}  // namespace pointsman::app
