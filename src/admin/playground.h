// POST /route and POST /run: where a text would go and why, for free; and what the model says, for money.
// On the desk's threads; see endpoint.h for what a Call is.
#pragma once

#include "admin/endpoint.h"

namespace pointsman::admin {

// Decides as POST /v1/route does for the champion's conversations, and calls nobody, the small model neither.
base::Result<Answer> post_route(Call& call);
// A real request, through the gateway's own listener; noted, for it costs money.
base::Result<Answer> post_run(Call& call);

}  // namespace pointsman::admin
