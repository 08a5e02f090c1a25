// Everything `pointsman tune` finds out, before it is shown: the certificate, what other promises would keep, what that
// is worth in money, and what more labels would do. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "classify/certificate.h"
#include "config/config.h"
#include "learn/risk.h"

namespace pointsman::cli {

// What a request costs, in dollars: in the category the classifier would call, and at the fallback.
struct CallPrice {
  double local = 0;
  double fallback = 0;
};

// One promise, each certified on its own.
struct RiskLine {
  learn::Certified result;
  std::optional<double> dollars;  // a request, on average; nothing without prices
};

struct CategoryLine {
  std::string name;
  float threshold = 0;
  std::size_t called = 0;  // rows whose best category it is
  std::size_t kept = 0;    // of them
};

struct Tuning {
  classify::Certificate certificate;
  std::size_t stated = 0;  // index into curve of the certificate's own promise
  std::vector<RiskLine> curve;
  std::vector<CategoryLine> categories;
  std::optional<double> fallback_dollars;  // a request, if everything went to the fallback
  bool shaped = false;                     // whether other rows shaped the thresholds
  std::size_t outside = 0;                 // rows of no category of the certificate

  const RiskLine& main() const { return curve[stated]; }
};

struct TuningInput {
  const learn::LossMatrix& losses;
  classify::RiskKind kind;
  learn::Promise promise;
  std::vector<learn::Call> calls;
  std::vector<learn::Call> shape;  // empty: thresholds follow the losses alone
  std::vector<CallPrice> prices;   // one for each call, or none
  std::string classifier;          // content hash
  std::string encoder;             // id of the encoder that took part in the calls; empty: none did
  std::string data;                // content hash
};

Tuning tune(const TuningInput& input);

// What every example would cost (request_prices.h); nothing if a price is missing.
std::vector<CallPrice> price_calls(const config::Config& config, const learn::LossMatrix& losses,
                                   const learn::Dataset& data, const std::vector<learn::Call>& calls);

// Number of labels as one would say it: rounded up to two digits.
std::size_t about(std::size_t rows);

}  // namespace pointsman::cli
