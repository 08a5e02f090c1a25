// What can go wrong on demand: faults by name, as in the header `x-sim-fault: reset@100` or by configured probability.
//
//   429[@ms] 500 502 503[@ms] 529[@ms]  an error answer; ms is what retry-after(-ms) says (1000)
//   bad-key  context-too-long           401, 400 with their OpenAI codes
//   html  html502                       a page instead of JSON, with status 200 or 502
//   hang                                takes the request, never answers
//   slow-read[@ms]  slow-head[@ms]      waits (1000) before reading the body; between status line and header fields
//   reset@N  close@N  stall@N           after N bytes of the response, head included: RST; FIN; silence
//   half-chunk@K                        after K whole chunks, half a chunk and FIN
//   error-event@K                       after K events of a stream, an error event and the end (not a stream: 500)
//   bad-json                            a broken event; a broken body
//   no-done                             a stream that ends in order but without [DONE]
//   wrong-length                        Content-Length promises more than comes
//   garbage                             bytes that are no HTTP
//   refusal                             an answer in order: the model would not
//   other-label  wrong-json             asked for a label: one that was not offered; a sentence (also for any JSON)
//   no-logprobs                         400, if log-probabilities are asked for, as reasoning models say it
// Pure values.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/rng.h"
#include "simulate/options.h"

namespace pointsman::simulate {

enum class FaultKind : std::uint8_t {
  kNone,
  kStatus,
  kContextTooLong,
  kBadKey,
  kHtml,
  kHang,
  kSlowRead,
  kSlowHead,
  kReset,
  kClose,
  kStall,
  kHalfChunk,
  kErrorEvent,
  kBadJson,
  kNoDone,
  kWrongLength,
  kGarbage,
  kRefusal,
  kOtherLabel,
  kWrongJson,
  kNoLogprobs,
};

struct Fault {
  FaultKind kind = FaultKind::kNone;
  int status = 0;        // kStatus and kHtml
  std::uint64_t at = 0;  // the number behind '@'

  bool operator==(const Fault&) const = default;
  // Nothing is wrong with how the answer is sent, whatever it says.
  bool delivers() const {
    return kind == FaultKind::kNone || kind == FaultKind::kRefusal || kind == FaultKind::kOtherLabel ||
           kind == FaultKind::kWrongJson || kind == FaultKind::kNoLogprobs;
  }
  // A fault that replaces the answer, whatever was asked.
  bool answers() const {
    return kind == FaultKind::kStatus || kind == FaultKind::kContextTooLong || kind == FaultKind::kBadKey ||
           kind == FaultKind::kHtml || kind == FaultKind::kHang || kind == FaultKind::kGarbage;
  }
};

// kInvalidArgument naming the text if it is none of the above.
base::Result<Fault> parse_fault(std::string_view text);

// Draws faults with the configured probabilities.
class FaultPlan {
 public:
  // kInvalidArgument for an unknown fault, a probability outside [0, 1], or a sum above 1.
  static base::Result<FaultPlan> make(const std::vector<FaultRate>& rates);

  bool empty() const { return steps_.empty(); }
  Fault draw(base::Rng& rng) const;

 private:
  struct Step {
    double up_to;  // cumulated probability
    Fault fault;
  };
  std::vector<Step> steps_;
};

}  // namespace pointsman::simulate
