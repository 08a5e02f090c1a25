// Collects what a reader or writer could not carry, each kind once, within bounds whatever the input says.
//
// A value of whoever reads or writes one body or stream; one thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "llm/conversation.h"

namespace pointsman::wire {

class LossSet {
 public:
  static constexpr std::size_t kMost = 64;      // further kinds become one: "..."
  static constexpr std::size_t kLongest = 128;  // bytes of one name; it is cut there, and holds only what a header may

  void minor(std::string_view what) { add(what, true); }
  void major(std::string_view what) { add(what, false); }

  void add(std::string_view what, bool minor);

  const llm::Losses& all() const { return losses_; }
  llm::Losses take() { return std::move(losses_); }

 private:
  llm::Losses losses_;
};

}  // namespace pointsman::wire
