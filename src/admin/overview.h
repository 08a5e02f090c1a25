// GET /overview: what routing did in a stretch of time, in one walk over the ledger.
// On the desk's threads; see endpoint.h for what a Call is. Holds counts, not entries.
#pragma once

#include <array>

#include "admin/endpoint.h"

namespace pointsman::admin {

inline constexpr std::array<std::string_view, 8> kOverviewQuery = {"since", "until",   "category", "model",
                                                                   "stage", "outcome", "key",      "fallback"};

base::Result<Answer> get_overview(Call& call);

}  // namespace pointsman::admin
