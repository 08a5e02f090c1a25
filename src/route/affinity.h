// Keeps a conversation with the model whose provider has its beginning cached, where that is cheaper or wished for.
//
// Pure: a step of rank(), after everything else. It never routes down (I9): only a model of the decided category, or
// one that is known to be more capable than the model preferred, is kept; in doubt that leaves none but the first of
// the fallback list. A turn that goes on from what one provider keeps (previous_response_id) is not asked of another.
#pragma once

#include <string>
#include <string_view>

#include "route/ranking.h"

namespace pointsman::route {

// `ranked` has candidates, and its `keeping` is set.
void keep_conversation(const llm::Requirements& needs, const Market& market, const Conditions& conditions,
                       Ranked& ranked);

// "kept with gpt-5: its provider has about 18944 tokens cached, moving would cost $0.0237".
std::string describe_kept(std::string_view model, std::int64_t cached, const std::optional<base::Money>& cold);

}  // namespace pointsman::route
