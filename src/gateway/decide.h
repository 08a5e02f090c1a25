// Decides which models may answer a request, from the request, the snapshot, the health of the models and a lot drawn
// for it alone (I4).
//
// Pure but for the scratch memory of its thread. The same inputs and the same corrections give the same decision; what
// it was decided from is in the Decision, so that the ledger can keep it and `explain` can decide again.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "classify/correction_memory.h"
#include "gateway/decision.h"
#include "gateway/snapshot.h"
#include "llm/chat_request.h"

namespace pointsman::gateway {

class Decider {
 public:
  // Call when the snapshot changes: a scratch belongs to its classifier.
  void use(const Snapshot& snapshot);
  // What people corrected, from the next request on; null: nothing.
  void remember(std::shared_ptr<const classify::CorrectionMemory> memory) { memory_ = std::move(memory); }

  // The three steps of a decision; between look() and hear() other requests may be looked at.
  //
  // Gathers the evidence. True: the opinion of snapshot.encoder could change what is decided, so ask it, note in
  // out.encoder how that went, and hear() what it says. `route_header` is the value of x-pointsman-route, empty if none
  // was sent. Fails with kNotFound: unknown model, with the nearest names.
  base::Result<bool> look(const Snapshot& snapshot, const llm::ChatRequest& request, std::string_view route_header,
                          Decision& out);
  // Classifies again, with the encoder's opinion.
  void hear(const Snapshot& snapshot, const llm::ChatRequest& request, std::span<const float> embedding, Decision& out);
  // Whether the small model's opinion could change what is decided: nobody else was sure enough, and there is a choice.
  bool wants_opinion(const Snapshot& snapshot, const llm::ChatRequest& request, const Decision& decision) const;
  // Decides. `conditions` has what is known of the models; the conversation is the request's. Whether traffic has
  // shifted is the caller's to say, in out.evidence.shift. Fails with kInvalidArgument (unknown category in the header)
  // or kNoCandidate (nobody can answer, and why).
  base::Result<void> conclude(const Snapshot& snapshot, const llm::ChatRequest& request, route::Conditions conditions,
                              Decision& out);

  // All steps in one; the encoder, if it is to be asked, works in the calling thread: not for event loops.
  base::Result<void> decide(const Snapshot& snapshot, const llm::ChatRequest& request, std::string_view route_header,
                            const route::Conditions& conditions, Decision& out);

 private:
  void keep_features(const Snapshot& snapshot, std::vector<text::Feature>& out) const;
  void gather(const Snapshot& snapshot, const llm::ChatRequest& request, std::string_view route_header,
              classify::Evidence& out);
  void recall(const Snapshot& snapshot, const llm::ChatRequest& request, classify::Recollection& out);
  void classify(const Snapshot& snapshot, const llm::ChatRequest& request, std::span<const float> embedding,
                classify::Evidence& out);

  std::unique_ptr<classify::Scratch> scratch_;
  std::vector<float> raw_;
  std::shared_ptr<const classify::CorrectionMemory> memory_;
  classify::CorrectionMemory::Scratch recalling_;
};

// The decision stage again from recorded evidence, for `explain` and replays.
base::Result<void> decide_from(const Snapshot& snapshot, const llm::Requirements& needs,
                               const route::Conditions& conditions, Decision& inout);

}  // namespace pointsman::gateway
