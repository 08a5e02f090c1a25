// GET /classifiers, what gives a classifier its place or takes it away, and POST /training.
// On the desk's threads; see endpoint.h for what a Call is.
#pragma once

#include "admin/endpoint.h"

namespace pointsman::admin {

base::Result<Answer> get_classifiers(Call& call);
// Judges on one core, so that serving does not notice; one at a time. 409 with the gate's table where it refuses.
base::Result<Answer> post_promote(Call& call);
base::Result<Answer> post_rollback(Call& call);
base::Result<Answer> post_withdraw(Call& call);
base::Result<Answer> post_training(Call& call);

}  // namespace pointsman::admin
