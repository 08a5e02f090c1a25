// Boost.JSON values as text: canonical, indented, or as YAML. Internal to the module; numbers in their shortest form.
// Pure; appends to the caller's string.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

namespace pointsman::config {

std::string json_string(std::string_view text);  // quoted and escaped (RFC 8259, section 7)
// No white space, members sorted by the bytes of their names: equal values give equal bytes.
std::string canonical_json(const boost::json::value& value);
std::string indented_json(const boost::json::value& value);
// Block style; `depth` is the number of indentation steps of two spaces.
std::string block_yaml(const boost::json::value& value, int depth = 0);
// One scalar, quoted only where YAML needs it.
std::string yaml_scalar(std::string_view text);

}  // namespace pointsman::config
