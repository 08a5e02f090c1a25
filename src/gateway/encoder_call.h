// A request's side of asking the sentence encoder: hands the text to the pool and waits on its own loop for the vector,
// the deadline or the client's leaving, whatever comes first.
#pragma once

#include <memory>
#include <string>

#include "gateway/encoder_note.h"
#include "gateway/encoder_pool.h"
#include "net/cancel.h"
#include "net/event.h"
#include "net/loop.h"

namespace pointsman::gateway {

// One asking; where its answer arrives.
class EncoderCall final : public EncoderJob, public std::enable_shared_from_this<EncoderCall> {
 public:
  EncoderCall(net::Loop& loop, std::string asked, EncoderPtr by, base::MonoTime until);
  void done() override;

 private:
  friend net::Awaitable<EncoderOutcome> ask_encoder(EncoderPool& pool, std::shared_ptr<EncoderCall> call,
                                                    net::CancelToken& cancel);
  net::Loop& loop_;
  // On the loop only:
  net::Event woken_;
  bool answered_ = false;
};
using EncoderCallPtr = std::shared_ptr<EncoderCall>;

// On the call's loop. kUsed: call->vector holds the answer. Never waits beyond the call's deadline, and what is given
// up takes no place in the queue. Pool and loop outlive it.
net::Awaitable<EncoderOutcome> ask_encoder(EncoderPool& pool, EncoderCallPtr call, net::CancelToken& cancel);

}  // namespace pointsman::gateway
