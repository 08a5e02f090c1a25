// All metrics of the process: the shards of its threads, values asked for when they are needed, and the text of both.
//
// One per process, owned by the composition root, safe from any thread. render() takes no lock that an update needs.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "telemetry/metrics.h"

namespace pointsman::telemetry {

// The text format of Prometheus, version 0.0.4, or OpenMetrics 1.0.
enum class Format : std::uint8_t { kPrometheus, kOpenMetrics };
// What a scraper that sends this Accept header is given: OpenMetrics if it takes it.
Format format_for(std::string_view accept);
std::string_view content_type(Format format);

class Registry {
 public:
  // A shard for the calling thread alone. It lives as long as the registry, also when its thread ends: what was counted
  // stays counted.
  Shard& add_shard();

  // `read` is called by render(), on whatever thread renders; it must not call the registry. The same name and labels
  // again replace it.
  void callback(ScalarName name, Labels labels, std::function<double()> read);
  // Says which version is in force; the one said before is gone.
  void info(InfoName name, std::string_view version);

  // Families sorted by name, series by labels; families without a series are left out. Only OpenMetrics can say which
  // requests buckets name.
  std::string render(Format format = Format::kPrometheus) const;

 private:
  struct Callback {
    std::size_t metric;
    std::string labels;
    std::function<double()> read;
  };

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::vector<Callback> callbacks_;
  std::vector<std::string> infos_{kMetrics.size()};
};

}  // namespace pointsman::telemetry
