// The fast look at a chat request: is it one that needs no more than its model and whether it streams?
//
// Pure, one linear pass, no allocation. Not a validator: it follows brackets and strings of the values it skips and
// looks at nothing else in them.
#pragma once

#include <optional>
#include <string_view>

namespace pointsman::simulate {

struct PlainRequest {
  std::string_view model;  // free of escapes
  bool stream = false;
};

// Nothing if the body has a top-level key beyond model, messages, stream and those that change nothing here
// (temperature and the like), or is not an object as expected: then parse_chat_request() must decide.
std::optional<PlainRequest> scan_plain_request(std::string_view body);

}  // namespace pointsman::simulate
