#include "app/worker_thread.h"

#include <pthread.h>

#include <boost/asio/as_tuple.hpp>
#include <future>

#include "base/log.h"

namespace pointsman::app {
namespace {

constexpr std::chrono::seconds kPatience{1};
// How long what was cut may take to end.
constexpr std::chrono::milliseconds kLook{1};
constexpr int kLooks = 3000;

}  // namespace

WorkerThread::WorkerThread(gateway::WorkerParts parts, std::unique_ptr<net::Loop> loop)
    : loop_(std::move(loop)), worker_(std::make_unique<gateway::Worker>(std::move(parts))) {}

WorkerThread::~WorkerThread() {
  stop();
}

base::Result<std::uint16_t> WorkerThread::listen(const std::string& address, std::uint16_t port,
                                                 const http::ServerLimits& limits, net::SslContext tls) {
  auto server = std::make_unique<http::Server>(*loop_, *worker_, limits, std::move(tls));
  PM_TRY(const std::uint16_t bound, server->listen(address, port));
  servers_.push_back(std::move(server));
  return bound;
}

base::Result<std::uint16_t> WorkerThread::listen_admin(const std::string& address, std::uint16_t port,
                                                       const http::ServerLimits& limits, const admin::Office& office) {
  admin_ = std::make_unique<admin::Handler>(*worker_, office);
  auto server = std::make_unique<http::Server>(*loop_, *admin_, limits, nullptr);
  PM_TRY(const std::uint16_t bound, server->listen(address, port));
  servers_.push_back(std::move(server));
  return bound;
}

void WorkerThread::start(gateway::Lineup lineup, gateway::AccessPtr access) {
  worker_->use(std::move(lineup));
  worker_->admit_by(std::move(access));
  for (const auto& server : servers_) server->start();
  thread_ = std::thread([this] {
    ::pthread_setname_np(::pthread_self(), "worker");
    loop_->run();
  });
}

void WorkerThread::use(gateway::Lineup lineup) {
  loop_->post([this, next = std::move(lineup)]() mutable { worker_->use(std::move(next)); });
}

void WorkerThread::admit_by(gateway::AccessPtr access) {
  loop_->post([this, next = std::move(access)]() mutable { worker_->admit_by(std::move(next)); });
}

void WorkerThread::warn(const limits::FailureHint& hint) {
  loop_->post([this, hint] { worker_->warn(hint); });
}

void WorkerThread::calibrate_by(gateway::CalibrationTablePtr table) {
  loop_->post([this, next = std::move(table)]() mutable { worker_->calibrate_by(std::move(next)); });
}

void WorkerThread::retire() {
  loop_->post([this] {
    for (const auto& server : servers_) server->retire();
  });
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

WorkerThread::Load WorkerThread::count() const {
  Load load;
  for (const auto& server : servers_) {
    load.connections += server->connections();
    load.active += server->active();
  }
  return load;
}

std::optional<WorkerThread::Load> WorkerThread::load() {
  if (!thread_.joinable()) return Load{};
  const auto answer = std::make_shared<std::promise<Load>>();
  auto told = answer->get_future();
  loop_->post([this, answer] { answer->set_value(count()); });
  if (told.wait_for(kPatience) != std::future_status::ready) return std::nullopt;
  return told.get();
}

std::vector<gateway::Health::Shown> WorkerThread::models() {
  const auto answer = std::make_shared<std::promise<std::vector<gateway::Health::Shown>>>();
  auto told = answer->get_future();
  loop_->post([this, answer] { answer->set_value(worker_->models()); });
  if (told.wait_for(kPatience) != std::future_status::ready) return {};
  try {
    return told.get();
  } catch (const std::future_error&) {  // the loop has ended
    return {};
  }
}

WorkerThread::Load WorkerThread::last_load() {
  loop_->post([this] {
    const Load load = count();
    connections_.store(load.connections, std::memory_order_relaxed);
    active_.store(load.active, std::memory_order_relaxed);
  });
  return {connections_.load(std::memory_order_relaxed), active_.load(std::memory_order_relaxed)};
}

// Requests refer to the worker and its pools: they all have to end before anything is taken down.
net::Awaitable<> WorkerThread::wind_down() {
  for (const auto& server : servers_) {
    server->drain();
    server->close_all();
  }
  worker_->wind_down();
  for (int i = 0; i < kLooks && loop_->running() > 1; ++i) {
    net::Timer pause(loop_->context(), kLook);
    co_await pause.async_wait(net::asio::as_tuple(net::kUseAwaitable));
  }
  wound_down_ = loop_->running() <= 1;
  loop_->stop();
}

void WorkerThread::stop() {
  if (!thread_.joinable()) return;
  loop_->post([this] { loop_->spawn("stop", wind_down()); });
  thread_.join();
  if (wound_down_) return;
  // Better to keep memory than to take it from under something that still refers to it.
  base::log_error("a worker's requests did not end; what they use is left as it is");
  for (auto& server : servers_) (void)server.release();
  (void)worker_.release();
  (void)loop_.release();
}

}  // namespace pointsman::app
