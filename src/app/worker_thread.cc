#include "app/worker_thread.h"

namespace pointsman::app {

WorkerThread::WorkerThread(gateway::WorkerParts parts, std::unique_ptr<net::Loop> loop)
    : loop_(std::move(loop)), worker_(std::make_unique<gateway::Worker>(std::move(parts))) {}

WorkerThread::~WorkerThread() { stop(); }

base::Result<std::uint16_t> WorkerThread::listen(const std::string& address, std::uint16_t port,
                                                 const http::ServerLimits& limits, net::SslContext tls) {
  auto server = std::make_unique<http::Server>(*loop_, *worker_, limits, std::move(tls));
  PM_TRY(const std::uint16_t bound, server->listen(address, port));
  servers_.push_back(std::move(server));
  return bound;
}

void WorkerThread::start(gateway::SnapshotPtr snapshot) {
  worker_->use(std::move(snapshot));
  for (const auto& server : servers_) server->start();
  thread_ = std::thread([this] { loop_->run(); });
}

void WorkerThread::use(gateway::SnapshotPtr snapshot) {
  loop_->post([this, next = std::move(snapshot)]() mutable { worker_->use(std::move(next)); });
}

void WorkerThread::drain() {
  loop_->post([this] {
    for (const auto& server : servers_) server->drain();
  });
}

void WorkerThread::close_all() {
  loop_->post([this] {
    for (const auto& server : servers_) server->close_all();
  });
}

void WorkerThread::refresh() {
  loop_->post([this] {
    std::size_t connections = 0;
    std::size_t active = 0;
    for (const auto& server : servers_) {
      connections += server->connections();
      active += server->active();
    }
    connections_.store(connections, std::memory_order_relaxed);
    active_.store(active, std::memory_order_relaxed);
  });
}

void WorkerThread::stop() {
  if (!thread_.joinable()) return;
  loop_->stop();
  thread_.join();
}

}  // namespace pointsman::app
