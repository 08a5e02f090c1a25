// The formats that can be asserted, as regular expressions: those OpenAI's strict mode documents.
//
// A constant table. Where a format is more than a regular language (the 31st of a month, the length of a host name) the
// expression accepts more, never less.
#pragma once

#include <string_view>

namespace pointsman::json::schema {

// An expression for Pattern::compile, or nothing for a format that stays an annotation.
std::string_view format_expression(std::string_view format);

}  // namespace pointsman::json::schema
