// Where `pointsman top` takes its figures from: the metrics of a gateway that runs here, or its ledger.
// Blocking; one thread.
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "cli/http_probe.h"
#include "cli/top_view.h"
#include "config/address.h"
#include "ledger/store.h"

namespace pointsman::cli {

// Reads /metrics again and again, and compares with what it said some seconds before.
class MetricsSource {
 public:
  // `base` without a path; `window`: what the figures are about, as soon as there are readings that old.
  MetricsSource(config::Url base, net::SslContext tls, base::Duration window);

  // On failure the next reading begins anew.
  base::Result<TopView> read();
  const config::Url& base() const { return base_; }

 private:
  struct Reading {
    base::MonoTime at{};
    MetricsText text;
  };

  config::Url base_;
  net::Endpoint endpoint_;
  std::string host_;
  base::Duration window_;
  std::deque<Reading> readings_;
};

// What ended in the last `window`.
base::Result<TopView> view_of_ledger(ledger::Reader& reader, base::WallTime now, std::chrono::seconds window);

}  // namespace pointsman::cli
