#include "admin/report.h"

namespace pointsman::admin {
namespace {

constexpr int kLookEvery = 64;  // entries

std::unexpected<base::Error> abandoned() {
  return base::fail(base::ErrorCode::kCancelled, "nobody waits for this any more");
}

}  // namespace

base::Result<void> walk(Call& call, ledger::Reader& ledger, const ledger::Filter& filter,
                        const std::function<void(const ledger::Entry&)>& each) {
  int seen = 0;
  bool wanted = call.wanted();
  if (!wanted) return abandoned();
  PM_CHECK(ledger.scan(filter, [&](const ledger::Entry& entry) {
    each(entry);
    if (++seen % kLookEvery == 0) wanted = call.wanted();
    return wanted;
  }));
  if (!wanted) return abandoned();
  return {};
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
