// The review queue: GET /review says how it stands, POST /review/take gives decisions to look at, POST
// /review/{id}/answer and /skip give them back.
//
// On the desk's threads; see endpoint.h for what a Call is. Leases in the feedback store keep people apart, also from
// those at `pointsman label`; why a decision was chosen is remembered in Staff::reviews.
#pragma once

#include "admin/endpoint.h"

namespace pointsman::admin {

base::Result<Answer> get_review(Call& call);
base::Result<Answer> post_review_take(Call& call);
base::Result<Answer> post_review_answer(Call& call);
base::Result<Answer> post_review_skip(Call& call);

}  // namespace pointsman::admin
