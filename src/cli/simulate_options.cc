#include "cli/simulate_options.h"

#include <fmt/format.h>

#include <charconv>

#include "cli/text_format.h"
#include "config/units.h"
#include "learn/dataset.h"
#include "simulate/fault.h"
#include "simulate/persona.h"

namespace pointsman::cli {
namespace {

using base::Result;

std::unexpected<base::Error> refuse(std::string_view option, std::string_view text, std::string_view expected) {
  return base::fail(base::ErrorCode::kInvalidArgument,
                    fmt::format("--{}: '{}' is not {}", option, printable(text), expected), base::Origin::kClient);
}

Result<base::TokenPrice> price(std::string_view option, const std::string& text) {
  if (text.empty()) return base::TokenPrice{};
  const auto read = config::parse_price(text);
  if (!read) return refuse(option, text, "a price; write dollars per million tokens, such as 0.25");
  return *read;
}

Result<simulate::FaultRate> fault_rate(const std::string& text) {
  constexpr std::string_view kExpected = "a fault and its probability; write 500=0.1 or reset@100=5%";
  const std::size_t equals = text.rfind('=');
  if (equals == std::string::npos) return refuse("fault", text, kExpected);
  const auto probability = config::parse_share(text.substr(equals + 1));
  if (!probability) return refuse("fault", text, kExpected);
  return simulate::FaultRate{text.substr(0, equals), *probability};
}

Result<simulate::ProviderOptions> named_provider(const std::string& text, simulate::ProviderOptions each) {
  constexpr std::string_view kExpected = "a name and a port; write sim-small=9101";
  const std::size_t equals = text.rfind('=');
  if (equals == std::string::npos) return refuse("provider", text, kExpected);
  const std::string_view digits = std::string_view(text).substr(equals + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), each.port);
  if (error != std::errc() || end != digits.data() + digits.size()) return refuse("provider", text, kExpected);
  each.name = text.substr(0, equals);
  return each;
}

Result<simulate::ProviderOptions> common(const SimulateArguments& arguments, const config::Environment& environment) {
  simulate::ProviderOptions each = arguments.each;
  PM_TRY(each.input_price, price("input-price", arguments.input_price));
  PM_TRY(each.cached_input_price, price("cached-input-price", arguments.cached_input_price));
  PM_TRY(each.output_price, price("output-price", arguments.output_price));
  for (const std::string& text : arguments.faults) {
    PM_TRY(simulate::FaultRate rate, fault_rate(text));
    each.faults.push_back(std::move(rate));
  }
  if (arguments.eager_tools) each.tools = simulate::ToolUse::kWhenOffered;
  if (arguments.api_key_variable.empty()) return each;
  auto key = environment(arguments.api_key_variable);
  if (!key || key->empty()) return refuse("api-key-env", arguments.api_key_variable, "set in the environment");
  each.api_key = base::Secret(std::move(*key));
  return each;
}

}  // namespace

Result<std::shared_ptr<const simulate::Teacher>> simulated_teacher(std::string_view jsonl, std::string_view name,
                                                                   const simulate::TeacherOptions& options) {
  PM_TRY(learn::Dataset data, learn::read_jsonl(jsonl, name));
  std::vector<simulate::GoldRow> rows;
  rows.reserve(data.examples.size());
  for (learn::Example& one : data.examples) {
    rows.push_back({std::move(one.text), one.outside ? std::string(simulate::kNone) : std::move(one.category)});
  }
  return simulate::Teacher::make(rows, options);
}

Result<simulate::Options> simulate_options(const SimulateArguments& arguments, const config::Environment& environment) {
  simulate::Options out;
  if (arguments.demo_port) {
    out = simulate::demo_options(*arguments.demo_port, arguments.each.seed);
    out.threads = arguments.threads;
    for (simulate::ProviderOptions& one : out.providers) one.teacher = arguments.each.teacher;
    return out;
  }
  out.threads = arguments.threads;
  PM_TRY(simulate::ProviderOptions each, common(arguments, environment));
  if (arguments.port) {
    each.port = *arguments.port;
    out.providers.push_back(each);
  }
  for (const std::string& text : arguments.providers) {
    PM_TRY(simulate::ProviderOptions named, named_provider(text, each));
    // Different providers answer differently.
    named.seed += out.providers.size();
    out.providers.push_back(std::move(named));
  }
  if (out.providers.empty()) {
    return base::fail(base::ErrorCode::kInvalidArgument, "give --port N, --provider NAME=PORT or --demo PORT");
  }
  for (const simulate::ProviderOptions& one : out.providers) PM_CHECK(simulate::Persona::make(one));
  return out;
}

}  // namespace pointsman::cli
