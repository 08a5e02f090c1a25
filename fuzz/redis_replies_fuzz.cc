// links: pm_shared_redis
// parses: shared_redis/resp_reader shared_redis/*_record shared_redis/talk shared_redis/news answers/answer_record
// Replies of Redis are any bytes: whole and piece by piece they read the same, and what they tell of rates, of
// conversations, of failures and of answers is within bounds or is nothing.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "answers/answer_record.h"
#include "limits/quota_definition.h"
#include "limits/rate_window.h"
#include "shared_redis/news.h"
#include "shared_redis/rate_record.h"
#include "shared_redis/resp_reader.h"
#include "shared_redis/talk.h"

namespace {

using pointsman::shared_redis::RespReader;
using pointsman::shared_redis::RespValue;

struct Read {
  std::vector<RespValue> values;
  bool failed = false;
};

Read read_in(std::string_view bytes, std::size_t piece) {
  RespReader reader;
  Read out;
  while (!bytes.empty()) {
    const auto taken = reader.read(bytes.substr(0, piece));
    if (!taken) {
      out.failed = true;
      return out;
    }
    bytes.remove_prefix(*taken);
    if (reader.complete()) out.values.push_back(reader.take());
  }
  return out;
}

bool same(const RespValue& a, const RespValue& b) {
  if (a.kind != b.kind || a.text != b.text || a.integer != b.integer || a.items.size() != b.items.size()) return false;
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    if (!same(a.items[i], b.items[i])) return false;
  }
  return true;
}

void check_rates(std::string_view bytes) {
  const auto rates = pointsman::shared_redis::read_rates(bytes);
  if (!rates) return;
  for (const auto& one : *rates) {
    if (one.age >= pointsman::limits::RateWindow::kSlots) std::abort();
    if (one.amount > pointsman::limits::kLargestRate || one.amount < -pointsman::limits::kLargestRate) std::abort();
  }
}

void check_news(std::string_view bytes) {
  using pointsman::shared_redis::kLongestFailure;
  using pointsman::shared_redis::kOldestConversation;
  const auto conversations = pointsman::shared_redis::read_conversations(bytes);
  for (std::size_t i = 0; conversations && i < conversations->size(); ++i) {
    const auto& one = (*conversations)[i];
    if (one.conversation == 0 || one.last.tokens < 0 || one.last.age > kOldestConversation) std::abort();
  }
  const auto failures = pointsman::shared_redis::read_failures(bytes);
  for (std::size_t i = 0; failures && i < failures->size(); ++i) {
    if ((*failures)[i].left.count() < 0 || (*failures)[i].left > kLongestFailure) std::abort();
  }
}

// What is read of an answer is written as it was, but for counts beyond bounds, which are refused.
void check_answer(std::string_view bytes) {
  const auto read = pointsman::answers::read_answer(bytes);
  if (read && pointsman::answers::write_answer(read->answer, read->made) != bytes) std::abort();
}

// As the answer of the first exchange, which says something: an entry's id, a number, and what was read.
void check_talk(const std::vector<RespValue>& values) {
  if (values.size() < 3) return;
  pointsman::shared_redis::Talk talk("p", "me");
  const pointsman::base::MonoTime now{std::chrono::hours(1)};
  (void)talk.ask(now);
  const auto heard = talk.hear({values[0], values[1], values[2]}, now);
  if (heard && heard->changes.size() > 1'000'000) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_rates(bytes);
  check_news(bytes);
  check_answer(bytes);
  const Read whole = read_in(bytes, bytes.size());
  const Read pieces = read_in(bytes, 1);
  if (whole.failed != pieces.failed || whole.values.size() != pieces.values.size()) std::abort();
  for (std::size_t i = 0; i < whole.values.size(); ++i) {
    if (!same(whole.values[i], pieces.values[i])) std::abort();
  }
  check_talk(whole.values);
  return 0;
}
