#include "cli/promise_options.h"

#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <set>

#include "cli/text_format.h"
#include "config/units.h"

namespace pointsman::cli {

using base::ErrorCode;
using base::Result;

PromiseFlags add_promise_options(CLI::App& command, PromiseOptions& options) {
  PromiseFlags out;
  command.add_option("--risk", options.risk, "Most requests, as a share of all, that may be kept wrongly")
      ->type_name("SHARE")
      ->capture_default_str();
  command.add_option("--confidence", options.confidence, "How certain that must be")
      ->type_name("SHARE")
      ->capture_default_str();
  out.order = command.add_option("--order", options.order,
                                 "Categories, the weakest first: only requests kept in a weaker one than they need are "
                                 "wrong (default with --config: its categories)");
  out.order->delimiter(',')->type_name("A,B,...");
  out.any_mistake = command.add_flag("--any-mistake", options.any_mistake, "Every wrong category is wrong");
  out.any_mistake->excludes(out.order);
  return out;
}

Result<double> share_of(const std::string& text, std::string_view option) {
  const auto share = config::parse_share(text);
  if (share && *share > 0 && *share < 1) return *share;
  return base::fail(ErrorCode::kInvalidArgument,
                    fmt::format("{} {}: write a percentage above 0 and below 100, such as 2% or 0.02", option, text));
}

Result<learn::Promise> promise_of(const PromiseOptions& options) {
  learn::Promise out;
  PM_TRY(out.at_most, share_of(options.risk, "--risk"));
  PM_TRY(out.confidence, share_of(options.confidence, "--confidence"));
  return out;
}

Result<std::vector<std::string>> promised_categories(const PromiseOptions& options, const config::Config* config,
                                                     const std::vector<std::string>& known) {
  std::vector<std::string> names = options.order;
  if (names.empty() && config != nullptr) {
    for (const config::CategoryConfig& one : config->categories) names.push_back(one.name);
  }
  if (names.empty()) names = known;
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (!seen.insert(name).second) {
      return base::fail(ErrorCode::kInvalidArgument, fmt::format("--order names {} twice", printable(name)));
    }
    if (std::ranges::find(known, name) != known.end()) continue;
    return base::fail(ErrorCode::kInvalidArgument,
                      fmt::format("the classifier does not know the category {}; it knows {}", printable(name),
                                  printable(fmt::format("{}", fmt::join(known, ", ")), 300)));
  }
  return names;
}

}  // namespace pointsman::cli
