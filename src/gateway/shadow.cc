#include "gateway/shadow.h"

#include <sched.h>
#include <sys/resource.h>

#include <exception>

#include "base/log.h"
#include "gateway/decision.h"
#include "route/cost.h"

namespace pointsman::gateway {
namespace {

void step_back() {
  sched_param none{};
  static_cast<void>(::sched_setscheduler(0, SCHED_BATCH, &none));
  static_cast<void>(::setpriority(PRIO_PROCESS, 0, 10));
}

}  // namespace

Shadow::Shadow(SnapshotPtr snapshot)
    : snapshot_(std::move(snapshot)),
      scratch_(snapshot_->classifier ? snapshot_->classifier->make_scratch() : nullptr),
      thread_([this] { work(); }) {}

Shadow::~Shadow() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Shadow::offer(const llm::ChatRequest& request, const Decision& decision) {
  const classify::Stage stage = decision.verdict.stage;
  if (!decision.routed || !snapshot_->classifier || decision.evidence.probabilities.empty()) return;
  if (is_settled(decision.verdict)) return;
  Job job{.text = request.text,
          .context = request.context,
          .tools = static_cast<int>(request.tools),
          .needs = request.needs,
          .evidence = decision.evidence,
          .champion = stage == classify::Stage::kFallback ? -1 : decision.verdict.category};
  {
    const std::scoped_lock lock(mutex_);
    if (queue_.size() >= kQueue) {
      ++tally_.unseen;
      return;
    }
    queue_.push_back(std::move(job));
  }
  wake_.notify_one();
}

ShadowTally Shadow::tally() const {
  const std::scoped_lock lock(mutex_);
  return tally_;
}

void Shadow::drain() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return (queue_.empty() && !busy_) || stopping_; });
}

void Shadow::work() {
  step_back();
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    Job job = std::move(queue_.front());
    queue_.pop_front();
    busy_ = true;
    lock.unlock();
    try {
      look(job);
    } catch (const std::exception& broken) {  // the task boundary: the thread must go on
      base::log_error("shadow: unexpected exception: {}", broken.what());
    }
    lock.lock();
    busy_ = false;
    if (queue_.empty()) idle_.notify_all();
  }
}

// Of the first model that would answer: a category's own, or the fallback's.
std::optional<base::Money> Shadow::price_of(int category, const llm::Requirements& needs) const {
  const route::Market& market = snapshot_->market;
  const auto first = [](const auto& models) { return models.empty() ? std::nullopt : std::optional(models.front()); };
  const auto chosen =
      category < 0 ? first(market.fallback()) : first(market.candidates(static_cast<std::size_t>(category)));
  if (!chosen) return std::nullopt;
  const route::Model& model = market.model(*chosen);
  return route::expected_cost(needs, model.prices, snapshot_->config.router.expected_output_tokens);
}

void Shadow::look(Job& job) {
  std::vector<float> raw(snapshot_->classifier->categories().size());
  const classify::Input input{.text = job.text, .context = job.context, .tools = job.tools};
  if (!snapshot_->classifier->classify(input, *scratch_, raw)) return;
  job.evidence.probabilities = snapshot_->projection.apply(raw);
  job.evidence.opinion = {};  // what the small model would have been asked is another question
  const auto verdict = snapshot_->cascade.decide(job.evidence);
  if (!verdict) return;
  const int category = verdict->stage == classify::Stage::kFallback ? -1 : verdict->category;
  const auto price = price_of(category, job.needs);
  const auto price_champion = price_of(job.champion, job.needs);
  double more = 0;
  double more_champion = 0;
  for (std::size_t c = 0; c < job.evidence.probabilities.size(); ++c) {
    const auto needed = price_of(static_cast<int>(c), job.needs);
    const auto mass = static_cast<double>(job.evidence.probabilities[c]);
    if (needed && price && needed->nanos > price->nanos) more += mass;
    if (needed && price_champion && needed->nanos > price_champion->nanos) more_champion += mass;
  }
  const std::scoped_lock lock(mutex_);
  ++tally_.decisions;
  tally_.underrouted += more;
  tally_.underrouted_champion += more_champion;
  if (price && price_champion) {
    tally_.cost = tally_.cost + *price;
    tally_.cost_champion = tally_.cost_champion + *price_champion;
  }
  if (category == job.champion) return;
  ++tally_.disagreements;
  if (price && price_champion && price->nanos < price_champion->nanos) ++tally_.weaker;
}

}  // namespace pointsman::gateway
