// An answer that may be given again, as bytes for a place outside of the process, and back.
//
//   version 1 | stream 1 | when it was made, ms 8 | tier 1 | which counts are known 1 | those, 8 each | of body,
//   content type, decision, model, provider, upstream: length 4, bytes | twice: how many 2, of each: length 4, bytes
//
// Pure. Numbers are little-endian. What is read came from outside: anything but whole records with counts and a time
// that can be is kCorrupt. Which snapshot an answer was made under (KeptAnswer::snapshot) is its process's own
// business.
#pragma once

#include <string>
#include <string_view>

#include "answers/response_cache.h"
#include "base/clock.h"
#include "base/result.h"

namespace pointsman::answers {

struct AnswerRecord {
  KeptAnswer answer;
  base::WallTime made;  // in whole milliseconds
};

std::string write_answer(const KeptAnswer& answer, base::WallTime made);
base::Result<AnswerRecord> read_answer(std::string_view bytes);

}  // namespace pointsman::answers
