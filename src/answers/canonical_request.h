// What of a request's body decides its answer, in a form that is equal for requests that say the same.
//
// Pure. White space, the order of members and the escapes of strings make no difference; numbers count as they are
// spelled. What only names the asker, or asks for nothing that the answer shows, is left out. Never equal for two
// bodies that differ in anything else: what two readers may understand differently (a member that is there twice) is
// refused.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "json/document.h"
#include "llm/protocol.h"

namespace pointsman::answers {

// Longer bodies are not looked at.
inline constexpr std::size_t kLongestRequest = std::size_t{1} << 20;

// Nothing if no stored answer can stand for what the request asks for: it brings tools, goes on from what its provider
// keeps, wants something kept there, is too long, of another protocol, or not one JSON object without repeated names.
// `document` is in use for the length of the call. The result is for hashing, not for reading.
std::optional<std::string> canonical_request(llm::Protocol protocol, std::string_view body, json::Document& document);

}  // namespace pointsman::answers
