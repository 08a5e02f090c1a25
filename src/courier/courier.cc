#include "courier/courier.h"

namespace pointsman::courier {

Courier::~Courier() {
  stop(base::Duration(0));
}

void Courier::start() {
  thread_.start([this](net::Loop& loop, net::Resolver& resolver) {
    auto rounds = std::make_unique<Rounds>(loop, resolver, clock_, shard_, options_);
    rounds_ = rounds.get();
    return rounds;
  });
  const std::lock_guard lock(announcing_);
  running_ = true;
}

void Courier::set_targets(std::vector<TargetPtr> targets) {
  if (!thread_.started()) {
    if (targets.empty()) return;
    start();
  }
  thread_.loop().post([this, next = std::move(targets)]() mutable { rounds_->set_targets(std::move(next)); });
}

void Courier::announce(webhook::Event event) {
  const std::lock_guard lock(announcing_);
  if (!running_) return;
  thread_.loop().post([this, told = std::move(event)] { rounds_->announce(told); });
}

void Courier::stop(base::Duration grace) {
  {
    const std::lock_guard lock(announcing_);
    running_ = false;
  }
  thread_.stop(grace);
}

}  // namespace pointsman::courier
