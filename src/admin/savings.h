// GET /savings: what was saved, from the ledger, by route, model, day, key or owner.
// On the desk's threads; see endpoint.h for what a Call is.
#pragma once

#include "admin/endpoint.h"

namespace pointsman::admin {

base::Result<Answer> get_savings(Call& call);

}  // namespace pointsman::admin
