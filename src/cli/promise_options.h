// What `tune` and `pair` are asked to prove, as options: the promise, and which mistakes break it.
// The options outlive the parsing of the command line; main thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "learn/risk.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace pointsman::cli {

struct PromiseOptions {
  std::string risk = "2%";
  std::string confidence = "95%";
  std::vector<std::string> order;
  bool any_mistake = false;
};

// For options that exclude these.
struct PromiseFlags {
  CLI::Option* order = nullptr;
  CLI::Option* any_mistake = nullptr;
};
PromiseFlags add_promise_options(CLI::App& command, PromiseOptions& options);

// A share above 0 and below 1: "2%" or "0.02". kInvalidArgument naming `option`.
base::Result<double> share_of(const std::string& text, std::string_view option);
base::Result<learn::Promise> promise_of(const PromiseOptions& options);

// The categories the promise is about, weakest first where there is an order: those of --order, else the
// configuration's, else all that are known. kInvalidArgument for one that is named twice or that nobody knows.
base::Result<std::vector<std::string>> promised_categories(const PromiseOptions& options, const config::Config* config,
                                                           const std::vector<std::string>& known);

}  // namespace pointsman::cli
