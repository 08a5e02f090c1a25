// GET /keys, POST /keys and what is done to one of them: virtual keys with what they and their owners spent.
// On the desk's threads; see endpoint.h for what a Call is.
#pragma once

#include "admin/endpoint.h"

namespace pointsman::admin {

base::Result<Answer> get_keys(Call& call);
// The secret is in this answer and nowhere else: what is kept of it cannot be turned back into it.
base::Result<Answer> post_key(Call& call);
base::Result<Answer> post_key_rotate(Call& call);
base::Result<Answer> post_key_revoke(Call& call);

}  // namespace pointsman::admin
