#include "gateway/encoder_pool.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <exception>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/log.h"

namespace pointsman::gateway {
namespace {

constexpr int kNice = 10;

// Where it is not allowed, the threads stay as they are: slower loops are better than no encoder.
void step_back() {
  ::pthread_setname_np(::pthread_self(), "encoder");
  const sched_param none{};
  ::pthread_setschedparam(::pthread_self(), SCHED_BATCH, &none);
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);  // of this thread alone (sched(7))
}

void join(std::vector<std::thread>& threads) {
  for (std::thread& one : threads) one.join();
  threads.clear();
}

void tell(EncoderJob& job) {
  try {
    job.done();
  } catch (const std::exception& broken) {  // whoever waits gives up at the deadline
    base::log_error("encoder: unexpected exception: {}", broken.what());
  }
}

// What one thread encodes with.
class Bench {
 public:
  // Fills the jobs, which all name the same encoder.
  void encode(const std::vector<EncoderJobPtr>& batch) {
    try {
      run(batch);
    } catch (const std::exception& broken) {  // the task boundary: the thread must go on
      base::log_error("encoder: unexpected exception: {}", broken.what());
      for (const EncoderJobPtr& job : batch) job->failed = true;
    }
  }

 private:
  void run(const std::vector<EncoderJobPtr>& batch) {
    const encode::Encoder& encoder = *batch.front()->encoder;
    if (known_.lock() != batch.front()->encoder) {
      scratch_ = encoder.make_scratch();
      known_ = batch.front()->encoder;
    }
    const std::size_t dimensions = encoder.dimensions();
    texts_.clear();
    for (const EncoderJobPtr& job : batch) texts_.push_back(job->text);
    out_.resize(batch.size() * dimensions);
    encoder.encode(texts_, *scratch_, out_);
    auto from = out_.begin();
    for (const EncoderJobPtr& job : batch) {
      job->vector.assign(from, from + static_cast<std::ptrdiff_t>(dimensions));
      from += static_cast<std::ptrdiff_t>(dimensions);
    }
  }

  std::weak_ptr<const encode::Encoder> known_;  // whose scratch it is; a thread that waits keeps no encoder loaded
  std::unique_ptr<encode::EncoderScratch> scratch_;
  std::vector<std::string_view> texts_;
  std::vector<float> out_;
};

}  // namespace

void EncoderPool::configure(const EncoderPoolOptions& options) {
  join(leaving_);  // a number is free again only when its thread has gone
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    options_ = options;
    queue_.set_limit(options.queue);
    while (threads_.size() > options.threads) {
      leaving_.push_back(std::move(threads_.back()));
      threads_.pop_back();
    }
    add_threads();
  }
  wake_.notify_all();
}

void EncoderPool::add_threads() {
  try {
    while (threads_.size() < options_.threads) {
      threads_.emplace_back([this, number = threads_.size()] { work(number); });
    }
  } catch (const std::system_error& refused) {
    base::log_error("encoder: only {} of {} threads could be started: {}", threads_.size(), options_.threads,
                    refused.what());
    options_.threads = threads_.size();
  }
}

EncoderPool::Offer EncoderPool::offer(EncoderJobPtr job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || options_.threads == 0) return Offer::kClosed;
    if (!queue_.push(std::move(job))) return Offer::kFull;
  }
  wake_.notify_one();
  return Offer::kTaken;
}

void EncoderPool::withdraw(const EncoderJob& job) {
  const std::lock_guard lock(mutex_);
  queue_.withdraw(job);
}

void EncoderPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  join(threads_);
  join(leaving_);
  const std::lock_guard lock(mutex_);
  queue_ = {};
}

std::size_t EncoderPool::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

bool EncoderPool::next_batch(std::size_t number, std::vector<EncoderJobPtr>& batch) {
  std::unique_lock lock(mutex_);
  ++idle_;
  wake_.wait(lock, [&] { return stopping_ || number >= options_.threads || queue_.size() > 0; });
  const bool ends = stopping_ || queue_.size() == 0;
  if (!ends) queue_.take(batch_share(queue_.size(), idle_, options_.batch), std::chrono::steady_clock::now(), batch);
  --idle_;
  return !ends;
}

void EncoderPool::work(std::size_t number) {
  step_back();
  Bench bench;
  std::vector<EncoderJobPtr> batch;
  while (next_batch(number, batch)) {
    if (batch.empty()) continue;
    bench.encode(batch);
    for (const EncoderJobPtr& job : batch) tell(*job);
    batch.clear();
  }
}

}  // namespace pointsman::gateway
