#include "simulate/cluster.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <list>
#include <thread>

#include "http/server.h"
#include "simulate/provider.h"

namespace pointsman::simulate {
namespace {

constexpr std::uint32_t kMaxThreads = 256;
constexpr std::chrono::milliseconds kStopPoll{1};
constexpr int kStopPolls = 2000;

}  // namespace

// One loop, its thread, and its servers, one for each provider.
class Cluster::Worker {
 public:
  ~Worker() { stop(); }

  base::Result<std::uint16_t> serve(const std::shared_ptr<Persona>& persona, std::uint16_t port) {
    Site& site = sites_.emplace_back(loop_, persona);
    PM_TRY(const std::uint16_t bound, site.server.listen(persona->options().address, port));
    return bound;
  }

  void start() {
    thread_ = std::thread([this] {
      for (Site& site : sites_) site.server.start();
      loop_.run();
    });
  }

  void stop() {
    if (!thread_.joinable()) return;
    loop_.post([this] { loop_.spawn("stop", wind_down()); });
    thread_.join();
  }

 private:
  struct Site {
    Site(net::Loop& loop, const std::shared_ptr<Persona>& persona)
        : provider(persona), server(loop, provider, {}, {}) {}
    SimulatedProvider provider;
    http::Server server;
  };

  net::Awaitable<> wind_down() {
    for (Site& site : sites_) {
      site.server.drain();
      site.server.close_all();
    }
    // What was cut still has to run to its end: nothing may refer to a server that is gone.
    for (int i = 0; i < kStopPolls && loop_.running() > 1; ++i) {
      net::Timer timer(loop_.context(), kStopPoll);
      co_await timer.async_wait(net::asio::as_tuple(net::kUseAwaitable));
    }
    loop_.stop();
  }

  net::Loop loop_;
  std::list<Site> sites_;
  std::thread thread_;
};

Cluster::Cluster() = default;
Cluster::~Cluster() {
  stop();
}

base::Result<std::unique_ptr<Cluster>> Cluster::start(const Options& options) {
  if (options.providers.empty() || options.threads == 0 || options.threads > kMaxThreads) {
    return base::fail(base::ErrorCode::kInvalidArgument, "a simulation has at least one provider and 1 to 256 threads");
  }
  std::unique_ptr<Cluster> made(new Cluster());
  for (const ProviderOptions& provider : options.providers) {
    PM_TRY(auto persona, Persona::make(provider));
    made->providers_.push_back({std::move(persona), provider.port});
  }
  for (std::uint32_t i = 0; i < options.threads; ++i) {
    Worker& worker = *made->workers_.emplace_back(std::make_unique<Worker>());
    for (Provider& provider : made->providers_) {
      PM_TRY(provider.port, worker.serve(provider.persona, provider.port));
    }
  }
  for (const auto& worker : made->workers_) worker->start();
  return made;
}

void Cluster::stop() {
  for (const auto& worker : workers_) worker->stop();
  workers_.clear();
}

std::string Cluster::Provider::base_url() const {
  const std::string& address = persona->options().address;
  const bool v6 = address.find(':') != std::string::npos;
  return "http://" + (v6 ? "[" + address + "]" : address) + ":" + std::to_string(port) + "/v1";
}

}  // namespace pointsman::simulate
