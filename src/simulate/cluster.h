// Several simulated providers in one process: every loop serves all of them, one thread per loop.
//
// Owned by whoever started it; start() and stop() from one thread, the bills from any.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "simulate/options.h"
#include "simulate/persona.h"

namespace pointsman::simulate {

class Cluster {
 public:
  // Listens on every provider's address before any thread starts. kInvalidArgument for options, kIo for an address.
  static base::Result<std::unique_ptr<Cluster>> start(const Options& options);
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  struct Provider {
    std::shared_ptr<Persona> persona;
    std::uint16_t port = 0;
    // "http://127.0.0.1:9101/v1"
    std::string base_url() const;
  };
  const std::vector<Provider>& providers() const { return providers_; }

  // Cuts what is open and joins the threads; then everything is closed.
  void stop();

 private:
  class Worker;
  Cluster();

  std::vector<Provider> providers_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace pointsman::simulate
