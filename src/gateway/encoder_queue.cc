#include "gateway/encoder_queue.h"

#include <algorithm>
#include <utility>

namespace pointsman::gateway {

bool EncoderQueue::push(EncoderJobPtr job) {
  if (jobs_.size() >= most_) return false;
  jobs_.push_back(std::move(job));
  return true;
}

void EncoderQueue::take(std::size_t most, base::MonoTime now, std::vector<EncoderJobPtr>& out) {
  std::erase_if(jobs_, [now](const EncoderJobPtr& job) { return job->deadline <= now; });
  if (jobs_.empty()) return;
  const EncoderPtr encoder = jobs_.front()->encoder;
  std::size_t taken = 0;
  // Few jobs of another encoder wait, and only for a moment after a reload.
  std::erase_if(jobs_, [&](EncoderJobPtr& job) {
    if (taken == most || job->encoder != encoder) return false;
    ++taken;
    out.push_back(std::move(job));
    return true;
  });
}

void EncoderQueue::withdraw(const EncoderJob& job) {
  const auto found = std::ranges::find(jobs_, &job, [](const EncoderJobPtr& one) { return one.get(); });
  if (found != jobs_.end()) jobs_.erase(found);
}

std::size_t batch_share(std::size_t waiting, std::size_t idle, std::size_t batch) {
  const std::size_t workers = std::max<std::size_t>(1, idle);
  return std::clamp<std::size_t>((waiting + workers - 1) / workers, 1, std::max<std::size_t>(1, batch));
}

}  // namespace pointsman::gateway
