// The command line of `pointsman simulate`, and what it means. Pure.
//
// One provider with --port, or several with --provider; every other option holds for all of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/sources.h"
#include "simulate/options.h"
#include "simulate/teacher.h"

namespace pointsman::cli {

struct SimulateArguments {
  std::optional<std::uint16_t> port;
  std::vector<std::string> providers;  // NAME=PORT
  std::optional<std::uint16_t> demo_port;
  std::string input_price;  // dollars per million tokens
  std::string cached_input_price;
  std::string output_price;
  std::vector<std::string> faults;  // FAULT=PROBABILITY
  std::string api_key_variable;
  bool eager_tools = false;
  std::string teacher;  // file of gold texts; empty: nobody answers for labels
  simulate::TeacherOptions teaching;
  std::uint32_t threads = 1;
  simulate::ProviderOptions each;  // what is set directly
};

// The teacher that gold texts make: `jsonl` are examples as for `train` (learn/dataset.h), read from `name`. Every
// problem of the examples, or kInvalidArgument for the options.
base::Result<std::shared_ptr<const simulate::Teacher>> simulated_teacher(std::string_view jsonl, std::string_view name,
                                                                         const simulate::TeacherOptions& options);

// kInvalidArgument naming the option and what to write instead. The teacher is taken from `arguments.each`.
base::Result<simulate::Options> simulate_options(const SimulateArguments& arguments,
                                                 const config::Environment& environment);

}  // namespace pointsman::cli
