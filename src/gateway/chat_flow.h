// The way of one chat request through the gateway: admit, understand, classify and route, dispatch, relay, settle and
// record. One object per request, on the worker's loop; each stage is one method with one verb.
//
// Leaves exactly one ledger entry for every admitted request, however it ends (I1): an object that is destroyed before
// its entry was written writes it as a gateway error.
#pragma once

#include <string>

#include "gateway/access.h"
#include "gateway/cache_visit.h"
#include "gateway/dispatch.h"
#include "gateway/relay.h"
#include "gateway/speculation.h"
#include "gateway/worker.h"

namespace pointsman::gateway {

class ChatFlow final : public Settlement {
 public:
  ChatFlow(Worker& worker, http::Exchange& exchange, llm::Protocol protocol, Caller caller);
  ~ChatFlow() override;
  ChatFlow(const ChatFlow&) = delete;
  ChatFlow& operator=(const ChatFlow&) = delete;

  net::Awaitable<> run();
  // Understands and decides, and answers with the decision instead of calling anyone.
  net::Awaitable<> run_route();

  void settle(ledger::Outcome outcome, std::string_view error) override;
  void append_fields(std::string& head, bool settled) override;

 private:
  // Checks what can be refused without reading the request.
  base::Result<void> admit();
  net::Awaitable<base::Result<void>> understand();
  // A place among the requests under way, now that all of this one is there.
  base::Result<void> come_in();
  // Makes room for the entry in the ledger. A client that is slow to send its request takes none.
  base::Result<void> reserve();
  // How a request that is too long is treated.
  const config::ContextConfig& context_policy() const;
  void size_up();
  void count_prompt();
  // What the prompt has with each model, from what its upstream reported of others.
  void predict_sizes();
  // Tells what upstreams reported of this one.
  void note_reported();
  net::Awaitable<base::Result<void>> trim(base::Error refused);
  // The most tokens by our count that one of the models has room for which excluded the request for its length.
  std::int64_t largest_room() const;
  // Makes the shorter body the request, with the summary if it fits.
  base::Result<void> shorten(const llm::TrimPlan& plan, std::string_view summary, std::int64_t limit);
  base::Result<void> read_shorter(std::string_view original, const llm::TrimPlan& plan, std::string_view summary);
  // What was removed, in the words of a small model; empty where there is no summary. Notes in fitting_ how that went.
  net::Awaitable<std::string> sum_up(const config::SummaryConfig& wish, const llm::TrimPlan& plan);
  answers::AnswerKey summary_key(const config::SummaryConfig& wish, const llm::Outline& outline,
                                 const llm::TrimPlan& plan) const;
  base::Result<SummaryOrder> order_summary(const config::SummaryConfig& wish, const llm::Outline& outline,
                                           const llm::TrimPlan& plan);
  net::Awaitable<std::string> hear_summary(SummaryCallPtr call, bool first);
  // Sets aside what that call may cost at most.
  net::Awaitable<bool> reserve_summary(const SummaryOrder& order);
  void note_summary(SummaryOutcome outcome, const SummaryBill& bill);
  base::Result<void> check_window();
  // Takes the request's place among those of its key.
  base::Result<void> enter();
  // Leaves out what the caller may not use, and puts a cheaper model first where a budget says so.
  base::Result<void> keep_to_terms();
  void downgrade();
  // Takes doubt's part of the day's money, or decides what is done without.
  base::Result<void> reserve_for_doubt();
  bool guess_instead(std::size_t category);
  // A decision that is only asked about is not explored.
  enum class Purpose : std::uint8_t { kAnswer, kAsk };
  net::Awaitable<base::Result<void>> decide(Purpose purpose);
  // Asks the sentence encoder for its opinion of the text, and notes in the decision how that went.
  net::Awaitable<> consult();
  // Asks the small model for its opinion, and notes in the decision what came of it. While it thinks, the model that
  // will probably answer may already be called.
  net::Awaitable<> ask_small_model();
  route::Conditions conditions();
  // Looks for an answer that was given before to the very same request, where its category wishes that.
  void look_up();
  // Looks where other replicas keep theirs, where that makes sense after a miss. How long it waited; 0: it did not.
  net::Awaitable<base::Duration> ask_replicas();
  CacheVisit& cache();
  bool is_hit() const { return cache_ && cache_->hit(); }
  // Whether that will probably be found, so that nobody need be called early.
  bool would_hit();
  // An answer that was given before goes out again.
  net::Awaitable<> give_again();
  net::Awaitable<base::Result<void>> send_again(const answers::KeptAnswer& kept, bool chunked);
  void account_again(const answers::KeptAnswer& kept);
  // An answer on its way that may be given again: whether it is worth a copy, and keeping that.
  bool may_be_kept(const http::ResponseHead& head) const;
  void keep(AnswerCopy& copy, std::string content_type, bool stream);
  net::Awaitable<base::Result<void>> decide_and_record();
  void begin_entry();
  void record_decision();
  void record_opinion();
  void record_recalled();
  void record_order();
  void record_continuity();
  net::Awaitable<base::Result<Dispatched>> dispatch();
  // For those who judge classifiers while they serve.
  void tell_trial();
  void show_champion();
  bool is_first() const;
  net::Awaitable<> relay(Dispatched dispatched);
  // Fails, with nothing settled, if nothing of the answer has reached the client.
  net::Awaitable<base::Result<void>> pass(Dispatched& dispatched);
  void look_at_structure(bool stream, std::optional<StructuredWatch>& out);
  void note_invalid(const Relay& relay);
  void note_broken_json();
  // Instead of an answer that was given up, once.
  net::Awaitable<base::Result<Dispatched>> ask_stronger(Dispatched invalid);
  // From the protocol of the model that answers into the client's.
  void translate(const Dispatched& dispatched, std::optional<Translation>& out);
  void note_losses();
  std::string lost() const;
  net::Awaitable<> give_up(const base::Error& error);
  // What answers cost that were paid for and not released.
  void account_nothing();
  void account_opinion();
  void add_discarded();
  // Budgets are charged what each attempt did cost.
  void settle_holds();
  bool nothing_else_billed() const;
  // Why the answer is not that of the first model tried: "escalated", "failover"; "none" if it is.
  std::string_view detour() const;
  // The upstream was to blame for an answer that had begun well.
  void note_cut();
  void account();
  // What the answer cost, or what was tried in vain, whichever it came to.
  void account_for(ledger::Outcome outcome);
  void note_conversation();
  // What is told of the request as a trace, where anybody wants to know.
  void begin_trace();
  void hand_over_trace();
  base::Duration since_read() const { return net::Loop::now() - read_at_; }

  Worker& worker_;
  http::Exchange& exchange_;
  const llm::Protocol protocol_;  // the client's
  const Caller caller_;
  std::optional<FrontDoor::Place> place_;
  bool crowded_ = false;      // there was none
  std::string_view counted_;  // how the prompt was counted; empty: only estimated
  MeasuredPrompt measured_;
  ledger::Fitting fitting_;
  std::string trimmed_;                   // what was left out, in words
  std::optional<limits::Denial> denial_;  // the limit that refused the request
  limits::RateStandings standings_;       // of the caller's rates, for the answer's head
  limits::ReservationId doubt_;           // of the day's money for doubt
  GenerationPtr generation_;              // settled once the conversation is known, before anything is decided
  const Snapshot* snapshot_;
  std::unique_ptr<RequestState> state_;
  Speculation speculation_;
  std::optional<CacheVisit> cache_;  // where a category that wishes for it was in question
  std::optional<Dispatcher> dispatcher_;
  std::shared_ptr<const OpinionCall> asked_;  // the small model, if nobody else had asked it the same
  Relay* relay_ = nullptr;
  const StructuredWatch* watch_ = nullptr;  // of the relay that is under way
  bool partial_ = false;                    // the client gets patch events
  bool asked_stronger_ = false;
  bool given_again_ = false;
  const Translation* translation_ = nullptr;  // under way; what it lost is not on record yet
  std::vector<std::string> lost_;             // what the client is told was not carried over
  std::string decision_id_;
  base::MonoTime read_at_{};  // when the request had come in whole
  base::Duration waited_{};   // since then, for upstreams, and for the client to take the answer
  base::MonoTime answered_at_{};
  std::optional<base::Money> answer_cost_;  // of the answer that was relayed, without what else was paid for
  int model_ = -1;
  std::size_t attempt_ = 0;  // that answered
  int upstream_status_ = 0;
  llm::Protocol spoken_ = llm::Protocol::kChatCompletions;  // with the upstream that answered
  bool to_dispatch_ = false;                                // the decision alone is not all that is wanted
  bool reserved_ = false;                                   // room in the ledger that must be used or given back
  bool admitted_ = false;                                   // an entry is due
};

}  // namespace pointsman::gateway
