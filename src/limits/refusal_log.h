// Which budgets have begun to refuse requests: the first refusal of each in its period, for those who are to hear of
// it.
//
// Pure; guarded by its owner's mutex. A budget that refuses goes on refusing, often thousands of times a minute: only
// the first time is kept, and until the budget's period is over or its limit changed the rest costs one look-up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "limits/quota_outcome.h"

namespace pointsman::limits {

struct Refusal {
  Denial denial;
  base::WallTime at;
  std::optional<base::WallTime> resets;  // when the budget begins anew; nothing for a total
};

class RefusalLog {
 public:
  static constexpr std::size_t kMostKept = 1'024;         // not yet taken; more are lost
  static constexpr std::size_t kMostRemembered = 10'000;  // budgets; more are not kept until some begin anew

  // True if it was kept. Only refusals of a budget that is used up count: not those of rates, nor of a request that no
  // budget of that size could hold, nor where there is room as soon as others have ended.
  bool note(const Denial& denial, base::WallTime now);
  // Those kept since the last call, in order.
  std::vector<Refusal> take();
  std::uint64_t lost() const { return lost_; }

 private:
  struct Remembered {
    base::WallTime until;
    std::int64_t maximum = 0;
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  bool remember(const Denial& denial, base::WallTime now, base::WallTime until);

  std::unordered_map<std::string, Remembered, TextHash, std::equal_to<>> known_;  // by budget
  std::string key_;                                                               // kept for its memory
  base::WallTime forget_from_{};  // before it, looking for old ones finds none
  std::vector<Refusal> kept_;
  std::uint64_t lost_ = 0;
};

}  // namespace pointsman::limits
