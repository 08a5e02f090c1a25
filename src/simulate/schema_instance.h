// Makes up a JSON value that a JSON schema accepts, for the subset that structured outputs allow: type, properties,
// items, enum, const, anyOf/oneOf/allOf (first branch), local $ref, minimum, minItems, minLength.
//
// Pure and bounded: beyond a depth or size it closes what is open with the simplest value.
#pragma once

#include <simdjson.h>

#include <string>

#include "base/rng.h"

namespace pointsman::simulate {

std::string instance_of(simdjson::dom::element schema, base::Rng& rng);

}  // namespace pointsman::simulate
