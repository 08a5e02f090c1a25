// GET /frontier: what routing costs and how often the answer is good enough, beside always asking the strong model,
// always the cheap one, a model by lot, and what another classifier would do.
//
// On the desk's threads; see endpoint.h for what a Call is.
#pragma once

#include <array>

#include "admin/endpoint.h"

namespace pointsman::admin {

inline constexpr std::array<std::string_view, 2> kFrontierQuery = {"since", "until"};

base::Result<Answer> get_frontier(Call& call);

}  // namespace pointsman::admin
