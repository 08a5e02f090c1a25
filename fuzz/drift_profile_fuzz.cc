// links: pm_watch
// parses: watch/drift_profile_json watch/canary_state
// A drift profile and the state of a canary are any bytes: reading either must refuse with a message, or give one that
// writes and reads back the same, and that can be gone on with.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "watch/canary_trial.h"
#include "watch/drift.h"

using namespace pointsman::watch;

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

void profile(std::string_view bytes) {
  const auto read = read_drift_profile(bytes);
  if (!read) return check(!read.error().message().empty());
  const std::string text = write_drift_profile(*read);
  const auto again = read_drift_profile(text);
  check(again && *again == *read && write_drift_profile(*again) == text);
  DriftMonitor monitor(*read);
  for (int i = 0; i < 300; ++i) {
    DriftObservation request;
    request.traits.bytes = static_cast<std::uint32_t>(i) * 7;
    request.category = i % 5 - 1;
    request.probability = static_cast<float>(i % 11) / 10;
    monitor.observe(request, static_cast<double>(i) / 300);
  }
  for (const DriftFinding& finding : monitor.findings()) check(std::isfinite(finding.figure));
}

void canary(std::string_view bytes) {
  auto read = CanaryTrial::read(bytes);
  if (!read) return check(!read.error().message().empty());
  const std::string text = read->write();
  auto again = CanaryTrial::read(text);
  check(again && again->write() == text);
  for (std::uint64_t i = 0; i < 20; ++i) {
    const Arm arm = i % 3 == 0 ? Arm::kCanary : Arm::kChampion;
    check(read->saw_trouble(i, arm) == again->saw_trouble(i, arm));
    check(read->saw_end(arm, static_cast<double>(i)) == again->saw_end(arm, static_cast<double>(i)));
  }
  check(read->write() == again->write());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  profile(bytes);
  canary(bytes);
  return 0;
}
