// What the gateway learns from an answer that goes by: usage, why it ended, who it says it is; and who finds it out.
//
// A plain value, filled by the meters of wire/: one for each protocol's streams, one for its whole bodies.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "llm/usage.h"

namespace pointsman::llm {

struct Observed {
  Usage usage;     // the last report wins
  std::string id;  // as the upstream states them; empty if it does not
  std::string model;
  std::vector<std::string> finish_reasons;  // one for each finished choice, in order of arrival, at most kMaxFinished
  bool error = false;                       // an "error" that is not null went by
  bool done = false;                        // the stream said its last word
  bool malformed = false;                   // something that had to be read was not JSON

  static constexpr std::size_t kMaxFinished = 128;
  static constexpr std::size_t kMaxName = 256;  // longer ids and models are cut

  void clear() {
    usage = {};
    id.clear();
    model.clear();
    finish_reasons.clear();
    error = done = malformed = false;
  }
};

// Watches an answer's content go by. One per relayed answer, on its thread; reused.
class Meter {
 public:
  virtual ~Meter() = default;
  virtual void reset() = 0;
  // Takes the next bytes of the content and gives what may go to the client now: all of them, unless something is
  // hidden from it. Valid until the next call and as long as `bytes`.
  virtual std::span<const std::string_view> feed(std::string_view bytes) = 0;
  // The content ended: what was held back goes out as it came.
  virtual std::span<const std::string_view> finish() = 0;
  virtual const Observed& observed() const = 0;
};

}  // namespace pointsman::llm
