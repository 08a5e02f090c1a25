// GET /status: what runs, what it decides by, how much the ledger holds, and whether all is well.
// On the desk's threads; see endpoint.h for what a Call is.
#pragma once

#include "admin/endpoint.h"

namespace pointsman::admin {

base::Result<Answer> get_status(Call& call);

}  // namespace pointsman::admin
