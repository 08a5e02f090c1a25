// GET /config and POST /config/validate: what runs, where it comes from, how the file differs; whether a text would
// load. Secrets are reduced to a hint everywhere.
// On the desk's threads; see endpoint.h for what a Call is.
#pragma once

#include "admin/endpoint.h"

namespace pointsman::admin {

base::Result<Answer> get_config(Call& call);
// Keeps nothing. Reads no file and no environment variable for the posted text: what its references and files would
// bring is not known, and told as such.
base::Result<Answer> post_validate(Call& call);

}  // namespace pointsman::admin
