// Taking many statements about decisions from a file: all of them, or none where any is wrong.
// For `pointsman feedback --import` and `pointsman label --import`. Blocking; one thread.
#pragma once

#include <string>

#include "cli/feedback_books.h"

namespace pointsman::cli {

struct ImportOptions {
  std::string file;
  std::string annotator;  // of lines that name nobody
  bool golden = false;    // every line with a category judges candidates for ever, and never teaches
};

// Tells what came of it, and leaves the exit code in the context.
void import_feedback(const ImportOptions& options, FeedbackBooks& books, Context& context);

}  // namespace pointsman::cli
