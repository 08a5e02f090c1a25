// GET /decisions/{id}: everything that is known of one decision, and the decision made again.
// On the desk's threads; see endpoint.h for what a Call is.
#pragma once

#include "admin/endpoint.h"

namespace pointsman::admin {

base::Result<Answer> get_decision(Call& call);

// The entry of the decision that a path names: from the ledger, or as it was kept with feedback. kNotFound.
base::Result<ledger::Entry> find_decision(Call& call, std::string_view id);

}  // namespace pointsman::admin
