// Where each conversation was last: which model answered, how much of it that model's provider has cached, and when.
//
// One for the process, shared by all workers without locks: a fixed array of 64-bit words, one relaxed load to look
// something up and one relaxed store to note it (recall.h looks up and notes a conversation and each of its models). A
// word holds
//
//   bits 0..17 model  18..27 tokens, in steps of 2.2 %  28..42 time, in steps of 16 s  43 kept  44..62 tag  63 in use
//
// and stands at the place that the conversation's lowest 17 bits say; the tag is 19 further bits of it. Whoever comes
// later to a place has it: what is lost, or mistaken for another conversation (one look-up in half a million of a full
// table), costs money at most, for the answer is right whoever gives it. Times repeat after six days. A restart forgets
// all of it. Models are known by Market::identity, which a reload does not change.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>

namespace pointsman::route {

class ConversationMemory {
 public:
  struct Last {
    std::uint32_t model = 0;  // Market::identity
    std::int64_t tokens = 0;  // cached after that answer
    bool kept = false;        // affinity had put the model first
    std::chrono::seconds age{};
  };

  ConversationMemory();

  // Conversation 0 is nobody's. `now` counts from any beginning that is the same for all who note and look up.
  void note(std::uint64_t conversation, const Last& last, std::chrono::seconds now);  // but for its age
  std::optional<Last> find(std::uint64_t conversation, std::chrono::seconds now) const;

  static constexpr int kModelBits = 18;

 private:
  static constexpr std::size_t kPlaces = std::size_t{1} << 17;
  struct Free {
    void operator()(std::uint64_t* words) const { std::free(words); }
  };
  std::atomic_ref<std::uint64_t> at(std::uint64_t conversation) const {
    return std::atomic_ref(words_[conversation % kPlaces]);
  }
  std::unique_ptr<std::uint64_t[], Free> words_;
};

}  // namespace pointsman::route
