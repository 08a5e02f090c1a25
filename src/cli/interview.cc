#include "cli/interview.h"

#include <algorithm>

#include "gateway/opinion_desk.h"
#include "net/dns.h"
#include "net/event.h"
#include "telemetry/registry.h"

namespace pointsman::cli {
namespace {

using base::Result;
using classify::OpinionOutcome;
using gateway::Heard;

constexpr std::chrono::milliseconds kBlink{2};
constexpr config::Milliseconds kPatience = std::chrono::seconds(30);

// Failures are counted here, not there.
limits::BreakerOptions lenient() {
  return {.consecutive_failures = 1 << 30, .failure_rate = 2, .max_retry_after = std::chrono::seconds(60)};
}

bool is_final(const base::Error& error) {
  return error.upstream_status() != 0 && error.retry() == base::Retry::kNo;
}

class Interview {
 public:
  Interview(const gateway::ConsultantPtr& by, std::span<const InterviewQuestion> questions,
            const std::function<Result<void>(std::size_t, const Heard&)>& told, const InterviewLimits& limits)
      : by_(by),
        questions_(questions),
        told_(told),
        limits_(limits),
        pool_(loop_, resolver_),
        desk_(loop_, pool_, registry_.add_shard(), 1, 1) {
    desk_.use(by_, lenient());
  }

  Result<void> run() {
    const auto clerks = std::min(questions_.size(), static_cast<std::size_t>(limits_.at_a_time));
    for (std::size_t i = 0; i < clerks; ++i) {
      ++working_;
      loop_.spawn("interview", ask_until_done());
    }
    if (working_ > 0) loop_.run();
    if (ended_by_) return base::fail(std::move(*ended_by_));
    if (!any_ && first_failure_) return base::fail(std::move(*first_failure_));
    return {};
  }

 private:
  net::Awaitable<> ask_until_done() {
    while (next_ < questions_.size() && !ended_by_) {
      const std::size_t number = next_++;
      const Heard heard = co_await ask(questions_[number]);
      if (ended_by_) break;
      note(number, heard);
    }
    if (--working_ > 0) co_return;
    // Calls that were given up let go of their connections before those are gone.
    while (loop_.running() > 1) co_await wait(kBlink);
    loop_.stop();
  }

  net::Awaitable<Heard> ask(InterviewQuestion question) {
    net::CancelToken cancel;
    base::Duration pause = limits_.pause;
    Heard heard;
    for (int i = 0; i < limits_.tries && !ended_by_; ++i) {
      if (i > 0) co_await wait(pause);
      if (i > 0) pause *= 2;
      heard = co_await desk_.ask(by_, question.text, question.local, cancel);
      // What the provider does not take now, it will not take later.
      if (answered(heard) || (heard.failure && is_final(*heard.failure))) break;
    }
    co_return heard;
  }

  net::Awaitable<> wait(base::Duration time) {
    net::Timer timer(loop_.context());
    net::Event woken;
    timer.expires_after(time);
    timer.async_wait([&woken](net::ErrorCondition) { woken.signal(); });
    co_await woken.wait();
  }

  void note(std::size_t number, const Heard& heard) {
    if (answered(heard)) {
      failures_ = 0;
      any_ = true;
    } else {
      ++failures_;
      if (!first_failure_) first_failure_ = error_of(heard);
    }
    if (failures_ >= limits_.failures_in_a_row) return end(*first_failure_);
    if (auto told = told_(number, heard); !told) end(std::move(told).error());
  }

  void end(base::Error error) {
    ended_by_ = std::move(error);
    desk_.stop();
  }

  static base::Error error_of(const Heard& heard) {
    if (heard.failure) return *heard.failure;
    const std::string_view why = heard.note.reason.empty() ? to_string(heard.opinion.outcome) : heard.note.reason;
    return base::Error(base::ErrorCode::kTimeout, std::string(why));
  }

  gateway::ConsultantPtr by_;
  std::span<const InterviewQuestion> questions_;
  const std::function<Result<void>(std::size_t, const Heard&)>& told_;
  InterviewLimits limits_;
  net::Loop loop_;
  net::Resolver resolver_;
  http::ClientPool pool_;
  telemetry::Registry registry_;
  gateway::OpinionDesk desk_;
  std::size_t next_ = 0;
  std::size_t working_ = 0;
  std::size_t failures_ = 0;  // in a row
  bool any_ = false;
  std::optional<base::Error> first_failure_;
  std::optional<base::Error> ended_by_;
};

}  // namespace

bool answered(const Heard& heard) {
  switch (heard.opinion.outcome) {
    case OpinionOutcome::kUsed:
    case OpinionOutcome::kRefused:
    case OpinionOutcome::kNone:
      return true;
    case OpinionOutcome::kUnusable:
      return !heard.failure;  // else the bytes were broken, not what they said
    default:
      return false;
  }
}

config::Config patient(config::Config config) {
  config::LlmConfig& llm = *config.router.llm;
  llm.deadline = std::max(llm.deadline, kPatience);
  llm.hedge = 0;
  llm.cache = 0;
  llm.max_cost_per_hour.reset();
  llm.max_concurrent = std::max(llm.max_concurrent, InterviewLimits().at_a_time);
  return config;
}

Result<void> interview(const gateway::ConsultantPtr& by, std::span<const InterviewQuestion> questions,
                       const std::function<Result<void>(std::size_t, const Heard&)>& told,
                       const InterviewLimits& limits) {
  return Interview(by, questions, told, limits).run();
}

}  // namespace pointsman::cli
