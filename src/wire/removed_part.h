// What a trimmed conversation lost, as text: for a small model that shall sum it up, and a key to remember the summary
// by.
//
// Pure. Reads the removed elements only. Texts, thoughts, calls with their arguments and results are written out; of
// images, files and sound only a word. Long texts are cut in the middle, so that all of it fits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

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

// Hash of the removed elements, byte by byte: equal for as long as the cut stays, whatever follows it. `scope` parts
// those who may not see each other's summaries (a hash of the key or the organisation) and wordings of the summary's
// prompt: the hash is not cryptographic.
std::uint64_t removed_key(std::string_view body, const llm::Outline& outline, const llm::TrimPlan& plan,
                          std::uint64_t scope);

}  // namespace pointsman::wire
