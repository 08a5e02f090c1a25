// Notes in the audit record beside an event that keys or classifiers keep themselves: it has the address that the
// change came from, which their own records have no place for. GET /audit shows the two as one.
// On the desk's threads.
#pragma once

#include <string>

#include "admin/endpoint.h"

namespace pointsman::admin {

struct TwinNote {
  std::string kind;  // "key.created", "classifier.promoted": as the audit record calls the other one's kind
  std::string subject;
  std::string detail;
};

// The change is made and recorded already, so a note that cannot be kept is logged and nothing else.
void note_twin(const Call& call, const TwinNote& note);

}  // namespace pointsman::admin
