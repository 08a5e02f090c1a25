// Slows down whoever guesses passwords: after five wrong ones for a name or from an address, each further try waits
// twice as long as the one before, up to a minute.
//
// Pure; now is an argument. One per process, behind its owner's lock; bounded: what was quiet longest is forgotten.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace pointsman::admin {

class LoginThrottle {
 public:
  static constexpr int kFree = 5;
  static constexpr std::chrono::seconds kLongest{60};
  static constexpr std::chrono::minutes kForgotten{15};
  static constexpr std::size_t kMost = 10'000;

  // How long the next try has to wait; 0: it may be made.
  base::Duration wait(std::string_view user, std::string_view peer, base::MonoTime now) const;
  void failed(std::string_view user, std::string_view peer, base::MonoTime now);
  void succeeded(std::string_view user, std::string_view peer);

 private:
  struct Row {
    int wrong = 0;
    base::MonoTime last{};
  };
  base::Duration wait(const std::string& name, base::MonoTime now) const;
  void note(std::string name, base::MonoTime now);

  std::map<std::string, Row, std::less<>> rows_;
};

}  // namespace pointsman::admin
