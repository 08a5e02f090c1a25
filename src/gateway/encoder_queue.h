// Texts that wait for the sentence encoder: bounded, first come first served, handed out in small batches.
//
// Pure: time is an argument, and whoever shares a queue between threads locks it (encoder_pool.h).
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "encode/encoder.h"

namespace pointsman::gateway {

using EncoderPtr = std::shared_ptr<const encode::Encoder>;

// One text to encode. Whoever asks sets the first three and leaves the job alone until done() was called; whoever
// encodes sets the others before.
class EncoderJob {
 public:
  virtual ~EncoderJob() = default;
  // Called once, by the thread that encodes, when `vector` or `failed` is set. Not called for a job that was withdrawn
  // or whose deadline passed in the queue.
  virtual void done() = 0;

  std::string text;
  EncoderPtr encoder;
  base::MonoTime deadline{};
  std::vector<float> vector;  // as many values as the encoder has dimensions
  bool failed = false;
};
using EncoderJobPtr = std::shared_ptr<EncoderJob>;

class EncoderQueue {
 public:
  void set_limit(std::size_t most) { most_ = most; }
  // False, and nothing is kept, if the queue is full.
  bool push(EncoderJobPtr job);
  // Appends to `out` the first job and those behind it that name the same encoder, at most `most`, in their order, and
  // forgets all whose deadline has passed: nobody waits for them any more.
  void take(std::size_t most, base::MonoTime now, std::vector<EncoderJobPtr>& out);
  // Forgets a job, if it is still here.
  void withdraw(const EncoderJob& job);

  std::size_t size() const { return jobs_.size(); }

 private:
  std::deque<EncoderJobPtr> jobs_;
  std::size_t most_ = 0;
};

// How many of `waiting` jobs one worker takes when `idle` workers, itself among them, have nothing to do: an even
// share, so that none sleeps while another works off a batch, at most `batch`, at least one.
std::size_t batch_share(std::size_t waiting, std::size_t idle, std::size_t batch);

}  // namespace pointsman::gateway
