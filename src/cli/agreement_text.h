// How far people agree who label the same decisions, as text.
// Reads all feedback. One thread.
#pragma once

#include "cli/feedback_books.h"

namespace pointsman::cli {

void print_agreement(FeedbackBooks& books, Context& context);

}  // namespace pointsman::cli
