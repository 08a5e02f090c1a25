#include "simulate/run.h"

#include <fmt/format.h>
#include <pthread.h>

#include <csignal>
#include <cstdio>

#include "simulate/cluster.h"
#include "simulate/teacher.h"

namespace pointsman::simulate {
namespace {

// Keeps the signals that end the program for sigwait(), in this thread and those it starts.
class HeldSignals {
 public:
  HeldSignals() {
    ::sigemptyset(&held_);
    ::sigaddset(&held_, SIGINT);
    ::sigaddset(&held_, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &held_, &before_);
  }
  ~HeldSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  void wait() const {
    int signal = 0;
    while (::sigwait(&held_, &signal) != 0) {
    }
  }

 private:
  sigset_t held_{};
  sigset_t before_{};
};

}  // namespace

base::Result<int> run_simulate(const Options& options) {
  const HeldSignals signals;
  PM_TRY(const auto cluster, Cluster::start(options));
  for (const Cluster::Provider& provider : cluster->providers()) {
    fmt::print("simulated provider {} on {}\n", provider.persona->options().name, provider.base_url());
  }
  if (const auto& teacher = options.providers.front().teacher; teacher != nullptr) {
    fmt::print("simulated teacher of {} categories, {} texts, right about {:.4g} % of them\n",
               teacher->categories().size(), teacher->texts(), 100 * teacher->options().accuracy);
  }
  std::fflush(stdout);
  signals.wait();
  cluster->stop();
  return 0;
}

}  // namespace pointsman::simulate
