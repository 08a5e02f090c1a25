#include "admin/report.h"

namespace pointsman::admin {
namespace {

constexpr int kLookEvery = 64;  // entries

}  // namespace

base::Result<void> still_wanted(const Call& call) {
  if (call.wanted()) return {};
  return base::fail(base::ErrorCode::kCancelled, "nobody waits for this any more");
}

base::Result<void> walk(Call& call, ledger::Reader& ledger, const ledger::Filter& filter,
                        const std::function<void(const ledger::Entry&)>& each) {
  int seen = 0;
  PM_CHECK(still_wanted(call));
  PM_CHECK(ledger.scan(filter, [&](const ledger::Entry& entry) {
    each(entry);
    return ++seen % kLookEvery != 0 || call.wanted();
  }));
  return still_wanted(call);
}

base::Result<Answer> shelved(Call& call, base::Duration fresh,
                             const std::function<base::Result<void>(std::string&)>& make) {
  Answer out;
  std::string name = call.request.path + "?" + call.request.query;
  if (auto kept = call.staff.shelf.find(name, fresh, call.clock.mono())) {
    out.body = std::move(*kept);
    return out;
  }
  PM_CHECK(make(out.body));
  call.staff.shelf.keep(std::move(name), out.body, call.clock.mono());
  return out;
}

}  // namespace pointsman::admin
