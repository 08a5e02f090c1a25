// References to schemas: RFC 3986 references against a base, and the part behind '#'.
//
// Pure functions. A text that is no reference gives some text, never an error: it will then name no schema we have.
#pragma once

#include <string>
#include <string_view>

namespace pointsman::json::schema {

// RFC 3986, section 5.2: the target of `reference` seen from `base`, its fragment kept. An empty base is allowed.
std::string resolve_reference(std::string_view base, std::string_view reference);

// What stands before and behind the first '#'; an empty fragment is no fragment.
struct Fragmented {
  std::string_view document;
  std::string_view fragment;
};
Fragmented split_fragment(std::string_view uri);

// %41 to A. A '%' without two hexadecimal digits stays.
std::string percent_decoded(std::string_view text);

}  // namespace pointsman::json::schema
