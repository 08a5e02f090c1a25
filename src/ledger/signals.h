// Finds in the traffic what nobody said: that an answer was not good enough, or its category the wrong one.
//
// Pure: fed with entries in the order they ended, it remembers a bounded number of questions for a few minutes. The
// same entries give the same signals, with the same ids and idempotency keys: reading some of them again after a
// restart adds nothing. A signal speaks of the earlier entry. One object, one thread.
//
// What is left out, because it would not be a sign: questions that our router did not decide, or that were not answered
// well to the end (asking again is a mere retry then); turns that only return the results of tools, which repeat the
// question by their nature; texts that many conversations hold ("go on"); questions that come again and again, as
// probes and timers ask them; and those that got the same answer again because somebody wished for that
// (Bill::replayed). Requests of different users or keys are never the same asker's.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/expiring_lru.h"
#include "ledger/entry.h"
#include "ledger/feedback.h"

namespace pointsman::ledger {

// How Passage::json begins where structured output was wrong.
inline constexpr std::string_view kInvalidJson = "invalid: ";

struct SignalOptions {
  // Which signals are wanted; one that is not does not hide another.
  bool regenerated = true;
  bool repeated = true;
  bool invalid_output = true;
  bool overridden = true;
  std::chrono::minutes window{10};    // from the end of the earlier answer to the beginning of the later request
  std::size_t questions = 16 * 1024;  // remembered; about half a kilobyte each
};

// Whether that judgement of an answer (Judgement::worth) says that it broke the structure it was asked for.
bool breaks_structure(std::string_view worth);

class SignalFinder {
 public:
  // A text in more conversations than this within an hour, or asked again more often, says nothing more.
  static constexpr std::size_t kMostConversations = 3;
  static constexpr int kMostRepetitions = 3;

  // Whether the first model is more capable than the second.
  using MoreCapable = std::function<bool(std::string_view, std::string_view)>;
  using Each = std::function<void(const Feedback&)>;

  SignalFinder(const SignalOptions& options, MoreCapable more_capable);

  void observe(const Entry& entry, const Each& each);

 private:
  struct Question {
    base::Uuid id;
    base::WallTime ended;
    std::string model;           // that answered
    std::string category;        // decided on; empty: none
    int repetitions = 0;         // the same was asked before, so often
    std::array<bool, 5> told{};  // by Signal: once is enough
  };
  using QuestionPtr = std::shared_ptr<Question>;
  using Places = std::vector<std::uint64_t>;  // of conversations and who held them

  // The question remembered there, if the entry came within the window behind its answer.
  QuestionPtr find(std::uint64_t key, const Entry& later);
  bool is_common(const Entry& entry);
  void look_back(const Entry& later, const QuestionPtr& same_place, const QuestionPtr& same_asker, const Each& each);
  void tell(Question& about, Signal signal, const Entry& later, const Each& each) const;

  SignalOptions options_;
  MoreCapable more_capable_;
  base::ExpiringLru<std::uint64_t, QuestionPtr> questions_;  // by text and who asked where
  base::ExpiringLru<std::uint64_t, Places> texts_;
};

}  // namespace pointsman::ledger
