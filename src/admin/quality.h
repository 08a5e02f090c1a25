// GET /quality and GET /quality/examples: how good the decisions are as far as labels say, what another threshold would
// bring, and whether requests have changed.
// On the desk's threads; see endpoint.h for what a Call is.
#pragma once

#include <array>

#include "admin/endpoint.h"

namespace pointsman::admin {

inline constexpr std::array<std::string_view, 5> kQualityQuery = {"since", "until", "category", "set", "classifier"};
inline constexpr std::array<std::string_view, 7> kExamplesQuery = {"since",     "until", "set",   "true",
                                                                   "predicted", "limit", "cursor"};

base::Result<Answer> get_quality(Call& call);
base::Result<Answer> get_quality_examples(Call& call);

}  // namespace pointsman::admin
