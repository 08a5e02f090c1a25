// What a trimmed conversation lost, as text: for a small model that shall sum it up, and a key to remember the summary
// by.
//
// Pure. Reads the removed elements only. Texts, thoughts, calls with their arguments and results are written out; of
// images, files and sound only a word. Long texts are cut in the middle, so that all of it fits.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"
#include "json/document.h"
#include "llm/outline.h"
#include "llm/trim.h"

namespace pointsman::wire {

struct RemovedPart {
  std::string text;      // "user: ...\n\nassistant: ...\ncall of f: {...}\n\nresult: ...\n\n", UTF-8
  bool complete = true;  // nothing of it was cut
};

// At most `max_bytes` of text. kParse if the body is not the one that the outline was read from.
base::Result<RemovedPart> removed_part(std::string_view body, const llm::Outline& outline, const llm::TrimPlan& plan,
                                       std::size_t max_bytes, json::Document& document);

// SHA-256 over `scope` and the removed elements, byte by byte: equal for as long as the cut stays, whatever follows it.
// `scope` parts those who may not see each other's summaries, models, and wordings of the question.
base::Sha256 removed_digest(std::string_view body, const llm::Outline& outline, const llm::TrimPlan& plan,
                            std::string_view scope);

}  // namespace pointsman::wire
