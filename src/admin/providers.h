// GET /providers: who answers, how each model did lately, whether it rests, what it costs and how old that knowledge is.
// On the desk's threads; see endpoint.h for what a Call is.
#pragma once

#include "admin/endpoint.h"

namespace pointsman::admin {

base::Result<Answer> get_providers(Call& call);

}  // namespace pointsman::admin
