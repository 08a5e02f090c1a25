#include "wire/openai_chat/usage_meter.h"

#include <algorithm>
#include <bit>
#include <utility>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace pointsman::wire::openai_chat {
namespace {

// Some upstreams name neither id nor model; we stop looking after this many events.
constexpr int kUnnamedEvents = 8;

// What a large event needed beyond this is given back when the event is over.
constexpr std::size_t kKeepBytes = 4U << 10;

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// Whether a member name that ends before `i` has a value other than null behind it.
bool has_value_at(std::string_view text, std::size_t i) {
  while (i < text.size() && is_space(text[i])) ++i;
  if (i == text.size() || text[i] != ':') return false;
  ++i;
  while (i < text.size() && is_space(text[i])) ++i;
  return !text.substr(i).starts_with("null");
}

// The quoted member names we look for. Inside a JSON string their quotes would be escaped, so a match is a name, or a
// whole string that happens to be equal (no colon follows it).
constexpr std::string_view kUsage = "\"usage\"";
constexpr std::string_view kError = "\"error\"";
constexpr std::string_view kFinishReason = "\"finish_reason\"";

bool matches_with_value(std::string_view text, std::size_t i) {
  const std::string_view here = text.substr(i);
  for (const std::string_view name : {kUsage, kError, kFinishReason}) {
    if (here.starts_with(name)) return has_value_at(text, i + name.size());
  }
  return false;
}

// Whether one of the names stands in `text` with a value other than null.
bool mentions(std::string_view text) {
  std::size_t i = 0;
#if defined(__SSE2__)
  // All names begin with a quote; the letters behind it differ from those of most other names.
  const __m128i quote = _mm_set1_epi8('"');
  for (; i + 18 <= text.size(); i += 16) {
    const auto load = [&text, i](std::size_t at) {
      return _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + i + at));
    };
    const __m128i second = load(1);
    const __m128i third = load(2);
    const auto pair = [second, third](char a, char b) {
      return _mm_and_si128(_mm_cmpeq_epi8(second, _mm_set1_epi8(a)), _mm_cmpeq_epi8(third, _mm_set1_epi8(b)));
    };
    const __m128i begins = _mm_or_si128(_mm_or_si128(pair('u', 's'), pair('e', 'r')), pair('f', 'i'));
    auto mask = static_cast<unsigned>(_mm_movemask_epi8(_mm_and_si128(begins, _mm_cmpeq_epi8(load(0), quote))));
    for (; mask != 0; mask &= mask - 1) {
      if (matches_with_value(text, i + static_cast<std::size_t>(std::countr_zero(mask)))) return true;
    }
  }
#endif
  for (; i < text.size(); ++i) {
    if (text[i] == '"' && matches_with_value(text, i)) return true;
  }
  return false;
}

}  // namespace

void StreamMeter::reset(UsageReport report) {
  scanner_.reset();
  observed_.clear();
  report_ = report;
  unnamed_events_ = 0;
  so_far_.reset();
  held_.clear();
  held_before_.clear();
  held_begin_ = feed_begin_ = settled_ = 0;
  feed_ = {};
  visible_.clear();
}

// A report beside content may be followed by another.
ChunkShape StreamMeter::read_chunk(std::string_view data) {
  const llm::Usage before = observed_.usage;
  const ChunkShape shape = read_answer(data, document_, observed_);
  if (!shape.has_usage) {
    if (so_far_) so_far_->tier = observed_.usage.tier;
  } else if (shape.empty_choices) {
    so_far_.reset();
  } else {
    so_far_ = std::exchange(observed_.usage, before);
    observed_.usage.tier = so_far_->tier;
  }
  return shape;
}

void StreamMeter::take_so_far() {
  if (so_far_) observed_.usage = *std::exchange(so_far_, std::nullopt);
}

// True if the client must not see the event.
bool StreamMeter::inspect(const llm::SseEvent& event) {
  if (event.oversize) return false;
  if (event.data == "[DONE]") {
    observed_.done = true;
    take_so_far();
    return false;
  }
  if (event.name == "error") observed_.error = true;
  const bool unnamed = observed_.model.empty() && unnamed_events_ < kUnnamedEvents;
  if (!unnamed && !mentions(event.data)) return false;
  unnamed_events_ += unnamed ? 1 : 0;
  const ChunkShape shape = read_chunk(event.data);
  return report_ == UsageReport::kHidden && shape.has_usage && shape.empty_choices && !shape.has_error;
}

std::span<const std::string_view> StreamMeter::feed(std::string_view bytes) {
  visible_.clear();
  scanner_.feed(bytes);
  feed_begin_ += feed_.size();
  feed_ = bytes;
  llm::SseEvent event;
  if (report_ == UsageReport::kUntouched) {
    while (scanner_.next(event)) inspect(event);
    if (!bytes.empty()) visible_.push_back(bytes);
    return visible_;
  }
  std::swap(held_, held_before_);  // pieces point into held_before_ until the next call
  held_.clear();
  if (held_.capacity() > kKeepBytes) held_.shrink_to_fit();
  while (scanner_.next(event)) {
    if (!inspect(event)) continue;
    release(event.begin);
    settled_ = std::max(settled_, event.end);
  }
  const std::uint64_t end = feed_begin_ + bytes.size();
  // An event too large to be judged is too large to be held.
  release(scanner_.skipping() ? end : scanner_.settled());
  hold(bytes);
  return visible_;
}

// Makes the bytes of the stream from settled_ to `until` visible.
void StreamMeter::release(std::uint64_t until) {
  if (until <= settled_) return;
  const auto put = [this](std::string_view from, std::uint64_t begin, std::uint64_t first, std::uint64_t last) {
    first = std::max(first, begin);
    last = std::min(last, begin + from.size());
    if (first < last) visible_.push_back(from.substr(first - begin, last - first));
  };
  put(held_before_, held_begin_, settled_, until);
  put(feed_, feed_begin_, settled_, until);
  settled_ = until;
}

// Keeps the bytes behind settled_ for the next call.
void StreamMeter::hold(std::string_view bytes) {
  if (settled_ <= held_begin_) {  // nothing of the held bytes went out: add to them, no copy of what is there
    std::swap(held_, held_before_);
    held_ += bytes;
    return;
  }
  const std::uint64_t end = feed_begin_ + bytes.size();
  if (settled_ < feed_begin_) held_ += std::string_view(held_before_).substr(settled_ - held_begin_);
  if (settled_ < end) held_ += bytes.substr(std::max(settled_, feed_begin_) - feed_begin_);
  held_begin_ = settled_;
}

std::span<const std::string_view> StreamMeter::finish() {
  if (!observed_.finish_reasons.empty()) take_so_far();
  visible_.clear();
  if (!held_.empty()) visible_.push_back(held_);
  settled_ = held_begin_ + held_.size();
  return visible_;
}

}  // namespace pointsman::wire::openai_chat
