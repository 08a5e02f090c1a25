#include "app/trial_watch.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "cli/files.h"

namespace pointsman::app {

using base::Result;
using watch::Arm;

namespace {

constexpr std::size_t kMaxState = 1U << 20;

bool speaks_badly(const ledger::Feedback& said, const ledger::Entry& about) {
  if (said.signal != ledger::Signal::kNone || said.fit == ledger::Fit::kUnderpowered) return true;
  return said.no_category ? !about.category.empty() : !said.category.empty() && said.category != about.category;
}

}  // namespace

Result<std::unique_ptr<TrialWatch>> TrialWatch::begin(TrialPlan plan, std::string state_file) {
  watch::CanaryOptions options{.share = plan.share};
  options.enough_conversations = plan.enough;
  options.most_money = plan.most_money;
  PM_TRY(watch::CanaryTrial trial, watch::CanaryTrial::begin(options));
  std::unique_ptr<TrialWatch> out(new TrialWatch(std::move(plan), std::move(state_file), std::move(trial)));
  const auto kept = cli::read_file(out->state_file_, kMaxState);
  const std::string header = out->header();
  if (!kept || !kept->starts_with(header)) return out;
  const std::string_view rest = std::string_view(*kept).substr(header.size());
  const std::size_t line = rest.find('\n');
  if (line == std::string_view::npos) return out;
  auto earlier = watch::CanaryTrial::read(rest.substr(line + 1));
  if (!earlier || !(earlier->options() == options)) return out;
  out->trial_ = std::move(*earlier);
  out->heard_ = base::Uuid::parse(rest.substr(0, line)).value_or(base::Uuid{});
  return out;
}

// Which trial the state belongs to.
std::string TrialWatch::header() const {
  return fmt::format("pointsman-trial-1 {} {} {} {}\n", plan_.canary, plan_.champion, plan_.share,
                     plan_.since.time_since_epoch().count());
}

Result<void> TrialWatch::save() {
  std::string state = header() + heard_.to_string() + "\n" + trial_.write();
  if (state == saved_) return {};
  PM_CHECK(cli::replace_file(state_file_, state));
  saved_ = std::move(state);
  return {};
}

void TrialWatch::take(const gateway::TrialEvent& event, base::MonoTime now) {
  const Arm arm = event.canary ? Arm::kCanary : Arm::kChampion;
  auto at = by_conversation_.find(event.conversation);
  if (at == by_conversation_.end()) {
    if (open_.size() >= kOpen) {
      end(open_.front());
      by_conversation_.erase(open_.front().conversation);
      open_.pop_front();
    }
    open_.push_back({.conversation = event.conversation, .arm = arm, .counts = event.first});
    at = by_conversation_.emplace(event.conversation, std::prev(open_.end())).first;
  } else {
    open_.splice(open_.end(), open_, at->second);
  }
  Open& open = *at->second;
  open.last = now;
  if (event.cost) {
    open.cost += *event.cost;
  } else {
    open.priced = false;
  }
  if (event.bad && open.counts) static_cast<void>(trial_.saw_trouble(event.conversation, open.arm));
}

void TrialWatch::end(const Open& open) {
  if (open.counts) static_cast<void>(trial_.saw_end(open.arm, open.priced ? std::optional(open.cost) : std::nullopt));
}

void TrialWatch::look(base::MonoTime now) {
  while (!open_.empty() && now - open_.front().last >= kOver) {
    end(open_.front());
    by_conversation_.erase(open_.front().conversation);
    open_.pop_front();
  }
}

Result<void> TrialWatch::read(ledger::FeedbackStore& store) {
  return store.scan([&](const ledger::Feedback& said, const ledger::Entry& about) {
    if (said.id <= heard_) return true;
    heard_ = said.id;
    if (about.started < plan_.since || !speaks_badly(said, about)) return true;
    if (about.classifier_version == plan_.canary) {
      static_cast<void>(trial_.saw_trouble(about.conversation, Arm::kCanary));
    } else if (about.classifier_version == plan_.champion) {
      static_cast<void>(trial_.saw_trouble(about.conversation, Arm::kChampion));
    }
    return true;
  });
}

}  // namespace pointsman::app
