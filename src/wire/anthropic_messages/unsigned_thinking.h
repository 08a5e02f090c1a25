// The mark of thinking that has no signature: another model's, given to a client of this protocol.
//
// Anthropic refuses thinking whose signature is not its own. The mark stands where a signature would, so that such a
// block is known when the conversation comes back: it is left out of what goes to an Anthropic model, and is plain
// reasoning for any other. Constants only.
#pragma once

#include <string_view>

namespace pointsman::wire::anthropic_messages {

inline constexpr std::string_view kUnsigned = "pointsman-unsigned";

}  // namespace pointsman::wire::anthropic_messages
