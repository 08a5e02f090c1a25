#include "answers/answer_record.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <vector>

namespace pointsman::answers {
namespace {

using Counts = std::array<std::optional<std::int64_t> llm::Usage::*, 6>;

constexpr char kVersion = 1;
constexpr std::int64_t kMostTokens = 1'000'000'000;
constexpr std::int64_t kLastMs = 253'402'300'799'999;  // of the year 9999
constexpr Counts kCounts = {&llm::Usage::input_tokens,       &llm::Usage::cached_input_tokens,
                            &llm::Usage::output_tokens,      &llm::Usage::reasoning_tokens,
                            &llm::Usage::cache_write_tokens, &llm::Usage::long_cache_write_tokens};
constexpr std::array kTexts = {&KeptAnswer::body,  &KeptAnswer::content_type, &KeptAnswer::decision,
                               &KeptAnswer::model, &KeptAnswer::provider,     &KeptAnswer::upstream};
constexpr std::array kLists = {&KeptAnswer::losses, &KeptAnswer::told};

void put(std::string& out, std::uint64_t value, int bytes) {
  for (; bytes > 0; --bytes, value >>= 8) out.push_back(static_cast<char>(value & 0xFF));
}

void put_text(std::string& out, std::string_view text) {
  put(out, text.size(), 4);
  out += text;
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  bool failed() const { return failed_; }
  bool done() const { return rest_.empty(); }

  std::uint64_t number(int bytes) {
    const std::string_view from = take(static_cast<std::size_t>(bytes));
    std::uint64_t out = 0;
    for (std::size_t i = from.size(); i > 0; --i) out = out << 8 | static_cast<unsigned char>(from[i - 1]);
    return out;
  }
  std::string text() { return std::string(take(number(4))); }
  // At most `most`, or it has failed.
  std::int64_t number_up_to(std::int64_t most) {
    const std::uint64_t value = number(8);
    if (value > static_cast<std::uint64_t>(most)) failed_ = true;
    return failed_ ? 0 : static_cast<std::int64_t>(value);
  }

 private:
  std::string_view take(std::uint64_t bytes) {
    if (bytes > rest_.size()) failed_ = true;
    if (failed_) return {};
    const std::string_view out = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return out;
  }

  std::string_view rest_;
  bool failed_ = false;
};

void write_usage(const llm::Usage& usage, std::string& out) {
  put(out, static_cast<std::uint64_t>(usage.tier), 1);
  unsigned known = 0;
  for (std::size_t i = 0; i < kCounts.size(); ++i) known |= (usage.*kCounts[i] ? 1U : 0U) << i;
  put(out, known, 1);
  for (const auto count : kCounts) {
    if (usage.*count)
      put(out, static_cast<std::uint64_t>(std::clamp<std::int64_t>(*(usage.*count), 0, kMostTokens)), 8);
  }
}

// False: no tier or counts that there are.
bool read_usage(Reader& reader, llm::Usage& usage) {
  const std::uint64_t tier = reader.number(1);
  const std::uint64_t known = reader.number(1);
  if (tier > static_cast<std::uint64_t>(llm::ServiceTier::kOther) || known >> kCounts.size() != 0) return false;
  usage.tier = static_cast<llm::ServiceTier>(tier);
  for (std::size_t i = 0; i < kCounts.size(); ++i) {
    if ((known >> i & 1) != 0) usage.*kCounts[i] = reader.number_up_to(kMostTokens);
  }
  return true;
}

}  // namespace

std::string write_answer(const KeptAnswer& answer, base::WallTime made) {
  std::string out(1, kVersion);
  put(out, answer.stream ? 1 : 0, 1);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(made.time_since_epoch()).count();
  put(out, static_cast<std::uint64_t>(std::clamp<std::int64_t>(ms, 0, kLastMs)), 8);
  write_usage(answer.usage, out);
  for (const auto text : kTexts) put_text(out, answer.*text);
  for (const auto list : kLists) {
    const auto size = std::min<std::size_t>((answer.*list).size(), std::numeric_limits<std::uint16_t>::max());
    put(out, size, 2);
    for (std::size_t i = 0; i < size; ++i) put_text(out, (answer.*list)[i]);
  }
  return out;
}

base::Result<AnswerRecord> read_answer(std::string_view bytes) {
  Reader reader(bytes);
  AnswerRecord out;
  bool good = reader.number(1) == static_cast<std::uint64_t>(kVersion);
  const std::uint64_t stream = reader.number(1);
  good = good && stream <= 1;
  out.answer.stream = stream == 1;
  out.made = base::WallTime(std::chrono::milliseconds(reader.number_up_to(kLastMs)));
  good = good && read_usage(reader, out.answer.usage);
  for (const auto text : kTexts) out.answer.*text = reader.text();
  for (const auto list : kLists) {
    const std::uint64_t size = reader.number(2);
    for (std::uint64_t i = 0; i < size && !reader.failed(); ++i) (out.answer.*list).push_back(reader.text());
  }
  if (!good || reader.failed() || !reader.done()) {
    return base::fail(base::ErrorCode::kCorrupt, "a record of an answer that is none");
  }
  return out;
}

}  // namespace pointsman::answers
