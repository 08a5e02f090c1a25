// What decisions turned out to be worth, from whoever can tell: a rating, a test that passed, a ticket that was closed.
// Plain data, owned by the caller.
//
// The file form is JSON Lines: {"decision": "0198f3a2-...", "reward": 0.8}. Any unit will do, as long as more is better
// or less is throughout. Other members are ignored; empty lines too. A decision that is named again has the later
// reward. Reading is bounded and collects every error.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "learn/dataset.h"

namespace pointsman::learn {

using Rewards = std::map<std::string, double, std::less<>>;  // by the decision's id, in lower case

// kParse with every problem as "name:line:column: what is wrong", one a line, or kTooLarge for a limit.
base::Result<Rewards> read_rewards(std::string_view bytes, std::string_view name, const ReadLimits& limits = {});

}  // namespace pointsman::learn
