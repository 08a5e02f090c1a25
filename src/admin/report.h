// What the answers that walk over the ledger share: the walk, which ends where nobody waits for it any more, and the
// shelf that keeps what came of it for some seconds.
// On the desk's threads; see endpoint.h for what a Call is.
#pragma once

#include <functional>
#include <string>

#include "admin/endpoint.h"

namespace pointsman::admin {

// kCancelled where nobody waits for the answer any more.
base::Result<void> still_wanted(const Call& call);
// The same at the end of the walk: what was folded so far is not all.
base::Result<void> walk(Call& call, ledger::Reader& ledger, const ledger::Filter& filter,
                        const std::function<void(const ledger::Entry&)>& each);

// The answer that the shelf has to the same question, no older than `fresh`; else what `make` writes, which is then
// kept. The answer depends on nothing but path and query.
base::Result<Answer> shelved(Call& call, base::Duration fresh,
                             const std::function<base::Result<void>(std::string&)>& make);

}  // namespace pointsman::admin
