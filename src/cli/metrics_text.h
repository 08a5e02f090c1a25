// What a gateway's /metrics says, read back: Prometheus text format 0.0.4 as we write it.
// Pure; a value. Lines that are none of that are skipped.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pointsman::cli {

class MetricsText {
 public:
  using Labels = std::map<std::string, std::string, std::less<>>;

  static MetricsText parse(std::string_view text);

  bool has(std::string_view name) const { return series_.find(name) != series_.end(); }
  // Of all series of the name whose labels pass; null lets all of them. Values that are not finite count nothing.
  double sum(std::string_view name, const std::function<bool(const Labels&)>& wanted = nullptr) const;
  // By the value of one label.
  std::map<std::string, double> by(std::string_view name, std::string_view label) const;
  // Of a histogram without labels: upper bounds, ascending and with +Inf, and how many lie below each.
  std::vector<std::pair<double, double>> buckets(std::string_view name) const;
  // The label of the first series, as of an info; empty if there is none.
  std::string label(std::string_view name, std::string_view label) const;

 private:
  struct Series {
    Labels labels;
    double value = 0;
  };
  std::map<std::string, std::vector<Series>, std::less<>> series_;
};

// What a counter grew by; one that fell began anew.
double growth(double before, double now);

// The quantile of what was observed between two readings of one histogram, as Prometheus estimates it; NaN if nothing
// was, and the highest finite bound where it lies beyond.
double quantile_between(const std::vector<std::pair<double, double>>& before,
                        const std::vector<std::pair<double, double>>& now, double share);

}  // namespace pointsman::cli
