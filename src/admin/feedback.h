// POST /decisions/{id}/feedback and DELETE /feedback/{id}: what a person says of a decision, and takes back.
// On the desk's threads; see endpoint.h for what a Call is. What is said is on the disk when these return.
#pragma once

#include "admin/endpoint.h"
#include "json/strict_reader.h"

namespace pointsman::admin {

// How long a decision is kept for whoever is to look at it.
inline constexpr std::chrono::minutes kReviewLease{10};

base::Result<Answer> post_feedback(Call& call);
base::Result<Answer> delete_feedback(Call& call);

// The categories that may be named of that decision: those of the policy in force, and of the one it was decided under.
base::Result<std::vector<std::string>> categories_for(Call& call, const ledger::Entry& entry);
// A category among these, or null for none of them.
void read_category(json::StrictReader& in, const std::vector<std::string>& categories, ledger::Feedback& out);
// Under which the Idempotency-Key of the request is kept: nobody else's, whatever they send. Empty: it has none.
// kInvalidArgument where it is not one.
base::Result<std::string> idempotency_key(const Call& call);
// Keeps it, as said by the user under the request's key; answers with the receipt, or 409 where that key came before
// with another content. `kind` names it in the audit record.
base::Result<Answer> keep(Call& call, ledger::Feedback said, const ledger::Entry& about, std::string_view kind);

}  // namespace pointsman::admin
