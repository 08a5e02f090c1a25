// A request's side of giving feedback: hands the errand to the desk and waits on its own loop until it was kept or
// refused, the deadline passes or the client leaves, whatever comes first.
#pragma once

#include <memory>

#include "gateway/feedback_desk.h"
#include "net/cancel.h"
#include "net/event.h"
#include "net/loop.h"

namespace pointsman::gateway {

enum class FeedbackOutcome : std::uint8_t { kAnswered, kFull, kClosed, kLate, kCancelled };

// One errand; where its answer arrives.
class FeedbackCall final : public FeedbackErrand, public std::enable_shared_from_this<FeedbackCall> {
 public:
  FeedbackCall(net::Loop& loop, ledger::Feedback said) : FeedbackErrand(std::move(said)), loop_(loop) {}
  FeedbackCall(net::Loop& loop, std::string lines, std::vector<std::string> categories)
      : FeedbackErrand(std::move(lines), std::move(categories)), loop_(loop) {}
  void done() override;

 private:
  friend net::Awaitable<FeedbackOutcome> ask_desk(FeedbackDesk& desk, std::shared_ptr<FeedbackCall> call,
                                                  base::MonoTime deadline, net::CancelToken& cancel);
  net::Loop& loop_;
  // On the loop only:
  net::Event woken_;
  bool answered_ = false;
};
using FeedbackCallPtr = std::shared_ptr<FeedbackCall>;

// On the call's loop. kAnswered: call->answer() says what came of it. What nobody waits for any more is kept all the
// same: it was said. Desk and loop outlive it.
net::Awaitable<FeedbackOutcome> ask_desk(FeedbackDesk& desk, FeedbackCallPtr call, base::MonoTime deadline,
                                         net::CancelToken& cancel);

}  // namespace pointsman::gateway
