// POST /login, POST /logout and GET /session: who is signed in.
// On the desk's threads; see endpoint.h for what a Call is.
#pragma once

#include "admin/endpoint.h"

namespace pointsman::admin {

// Notes it, whether it went well or not; 429 with retry-after where too many tries were wrong.
base::Result<Answer> post_login(Call& call);
base::Result<Answer> post_logout(Call& call);
base::Result<Answer> get_session(Call& call);

}  // namespace pointsman::admin
