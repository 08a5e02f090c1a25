#include "admin/report_shelf.h"

#include <algorithm>
#include <utility>

namespace pointsman::admin {

std::optional<std::string> ReportShelf::find(std::string_view name, base::Duration fresh, base::MonoTime now) const {
  const std::scoped_lock lock(mutex_);
  const auto found = std::ranges::find(kept_, name, &Kept::name);
  if (found == kept_.end() || now - found->at >= fresh) return std::nullopt;
  return found->answer;
}

void ReportShelf::keep(std::string name, std::string answer, base::MonoTime now) {
  if (name.size() + answer.size() > kLongest) return;
  const std::scoped_lock lock(mutex_);
  std::erase_if(kept_, [&name](const Kept& one) { return one.name == name; });
  if (kept_.size() == kMost) kept_.pop_front();
  kept_.push_back({.name = std::move(name), .answer = std::move(answer), .at = now});
}

}  // namespace pointsman::admin
