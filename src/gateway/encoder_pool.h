// The threads that turn texts into vectors, so that no event loop ever does: an encoder takes milliseconds.
//
// One per process; outlives everything that offers it jobs. configure() and stop() belong to the thread that made it,
// the rest may be called from any. Its threads run below the event loops (SCHED_BATCH, nice +10): when cores are scarce
// the loops keep their response times, and requests go on without the encoder once their deadline passes.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "gateway/encoder_queue.h"

namespace pointsman::gateway {

struct EncoderPoolOptions {
  std::size_t threads = 0;  // none: all jobs are turned away
  std::size_t queue = 64;   // most jobs that wait
  std::size_t batch = 8;    // most that one thread takes at once

  bool operator==(const EncoderPoolOptions&) const = default;
};

class EncoderPool {
 public:
  enum class Offer : std::uint8_t { kTaken, kFull, kClosed };

  EncoderPool() = default;
  ~EncoderPool() { stop(); }
  EncoderPool(const EncoderPool&) = delete;
  EncoderPool& operator=(const EncoderPool&) = delete;

  // Starts and ends threads so that there are as many as asked for, without waiting for those that end; the last of
  // them finish what waits. Where the system gives fewer, it says so in the log and works with those.
  void configure(const EncoderPoolOptions& options);
  // A job that was taken hears done() unless it is withdrawn, its deadline passes or the pool stops first.
  Offer offer(EncoderJobPtr job);
  // After it, the job is either forgotten, or being encoded and about to hear done().
  void withdraw(const EncoderJob& job);
  // Forgets what waits and ends the threads, each after the batch it is at. Takes no more jobs.
  void stop();

  std::size_t waiting() const;

 private:
  void add_threads();
  void work(std::size_t number);
  // Waits for a batch; it may turn out to be empty. False: this thread is to end.
  bool next_batch(std::size_t number, std::vector<EncoderJobPtr>& batch);

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  EncoderQueue queue_;
  EncoderPoolOptions options_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
  std::vector<std::thread> leaving_;  // told to end, not yet joined
};

}  // namespace pointsman::gateway
