// links: pm_ledger_sqlite
//
// What one entry costs: encoding, appending on a worker's thread, and the writer's CPU per row with synchronous=FULL.
// Prints one JSON object. Usage: ledger_bench [directory]; the directory should be on the disk that matters.
#include <fmt/format.h>
#include <stdlib.h>  // mkdtemp is POSIX, not std

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "../tests/support/random_entry.h"
#include "ledger/entry_codec.h"
#include "ledger_sqlite/store.h"

namespace {

using namespace pointsman;
using Clock = std::chrono::steady_clock;

double nanos_since(Clock::time_point start) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

// With as many features as a prompt of about 1 KiB has: most of the record.
ledger::Entry entry_of_a_prompt() {
  ledger::Entry entry = test::typical_entry({});
  base::Rng rng(1);
  for (int i = 0; i < 340; ++i) {
    entry.features.push_back(
        {.hash = static_cast<std::uint32_t>(rng.next()), .count = 1, .block = text::Block::kWords});
  }
  return entry;
}

double encode_nanos(std::size_t& record_bytes) {
  constexpr int kRounds = 500'000;
  const ledger::Entry entry = entry_of_a_prompt();
  std::vector<char> buffer(8192);
  const auto start = Clock::now();
  for (int i = 0; i < kRounds; ++i) record_bytes = ledger::encode(entry, buffer);
  return nanos_since(start) / kRounds;
}

struct Load {
  double append_ns = 0;
  double append_p99_ns = 0;
  double rows_per_second = 0;
  double writer_us_per_row = 0;
  double rows_per_commit = 0;
};

// Appends `rows` entries at about `rate` a second (0: as fast as the store takes them).
Load load(const std::string& directory, int rows, int rate) {
  ledger_sqlite::StoreOptions options;
  options.directory = directory;
  options.writer.gather_time = std::chrono::milliseconds(5);
  auto store = ledger_sqlite::open_store(options);
  if (!store) {
    fmt::print(stderr, "{}\n", store.error().message());
    std::exit(1);
  }
  base::UuidGenerator ids(1);
  auto& sink = (*store)->sink(0);
  std::vector<double> times;
  times.reserve(static_cast<std::size_t>(rows));
  ledger::Entry entry = entry_of_a_prompt();
  const auto begin = Clock::now();
  for (int i = 0; i < rows; ++i) {
    if (rate > 0)
      std::this_thread::sleep_until(begin + std::chrono::nanoseconds(1'000'000'000LL / rate) * (i / 20 * 20));
    while (!sink.reserve()) std::this_thread::yield();
    entry.id = ids.next(base::SystemClock().wall());
    const auto start = Clock::now();
    sink.append(entry);
    times.push_back(nanos_since(start));
  }
  if (!(*store)->flush()) std::exit(1);
  const double seconds = nanos_since(begin) * 1e-9;
  const auto stats = (*store)->stats();
  std::ranges::sort(times);
  Load result;
  for (const double one : times) result.append_ns += one / static_cast<double>(times.size());
  result.append_p99_ns = times[times.size() * 99 / 100];
  result.rows_per_second = rows / seconds;
  result.writer_us_per_row = std::chrono::duration<double, std::micro>(stats.cpu).count() / rows;
  result.rows_per_commit = static_cast<double>(stats.rows) / static_cast<double>(stats.commits);
  return result;
}

std::string json(const Load& load) {
  return fmt::format(
      R"({{"append_ns_mean": {:.0f}, "append_ns_p99": {:.0f}, "rows_per_second": {:.0f}, "writer_cpu_us_per_row": {:.2f}, "rows_per_commit": {:.1f}}})",
      load.append_ns, load.append_p99_ns, load.rows_per_second, load.writer_us_per_row, load.rows_per_commit);
}

}  // namespace

int main(int count, char** arguments) {
  std::string base = (count > 1 ? std::string(arguments[1]) : std::string("/tmp")) + "/ledger-bench-XXXXXX";
  if (::mkdtemp(base.data()) == nullptr) return 1;
  std::size_t record_bytes = 0;
  const double encode_ns = encode_nanos(record_bytes);
  const Load full = load(base + "/full", 200'000, 0);
  const Load paced = load(base + "/paced", 60'000, 20'000);
  const Load slow = load(base + "/slow", 4'000, 2'000);
  fmt::print(
      "{{\"record_bytes\": {}, \"encode_ns\": {:.0f},\n \"unpaced\": {},\n \"20000_per_second\": {},\n"
      " \"2000_per_second\": {}}}\n",
      record_bytes, encode_ns, json(full), json(paced), json(slow));
  std::error_code ignored;
  std::filesystem::remove_all(base, ignored);
  return 0;
}
