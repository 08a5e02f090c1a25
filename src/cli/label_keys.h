// From the bytes that a terminal sends to keys: UTF-8 characters, Enter, Backspace, Escape. Arrows and other keys that
// send sequences are no keys of labelling and are left out.
//
// Pure; one reader for one input. What arrives together belongs together: an escape character at the end of a piece is
// the Escape key, otherwise the beginning of a sequence.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "learn/label_session.h"

namespace pointsman::cli {

class LabelKeys {
 public:
  std::vector<learn::LabelKey> feed(std::string_view bytes);

 private:
  std::string begun_;  // a character of which bytes are missing
};

}  // namespace pointsman::cli
