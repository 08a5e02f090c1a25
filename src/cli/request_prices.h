// What a labelled request would cost in each category and at the fallback, at the configuration's prices and the usual
// length of an answer. Pure but for the built-in catalogue.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "learn/dataset.h"

namespace pointsman::cli {

// Prices nobody wrote down come from the catalogue, as when serving.
base::Result<void> fill_prices(config::Config& config);

class RequestPrices {
 public:
  // By the first model of each category that has a price and the first of the fallback; nothing if one of them has
  // none. `config` is filled already and outlives this.
  static std::optional<RequestPrices> of(const config::Config& config, const std::vector<std::string>& categories);

  // Dollars.
  double in_category(const learn::Example& request, std::size_t category) const;
  double at_fallback(const learn::Example& request) const;

 private:
  double dollars(const learn::Example& request, const route::Prices& prices) const;

  std::vector<const route::Prices*> categories_;
  const route::Prices* fallback_ = nullptr;
  std::int64_t answer_tokens_ = 0;
};

}  // namespace pointsman::cli
