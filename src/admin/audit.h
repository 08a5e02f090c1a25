// GET /audit: what people did here, to keys and to classifiers, as one list.
// On the desk's threads; see endpoint.h for what a Call is.
#pragma once

#include "admin/endpoint.h"

namespace pointsman::admin {

// Three records are merged, the newest first: the audit record itself, events of keys ("key.created") and of
// classifiers ("classifier.promoted"). A change that was made here is in two of them and shown once, with the address
// it came from.
base::Result<Answer> get_audit(Call& call);

}  // namespace pointsman::admin
