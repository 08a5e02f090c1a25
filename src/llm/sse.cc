#include "llm/sse.h"

#include <bit>
#include <utility>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace pointsman::llm {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
// What a large event needed beyond this is given back when the event is over: there are thousands of streams, and each
// would keep it.
constexpr std::size_t kKeepBytes = 4U << 10;

// The first LF or CR at or behind `i`, or text.size().
std::size_t line_end(std::string_view text, std::size_t i) {
#if defined(__SSE2__)
  const __m128i lf = _mm_set1_epi8('\n');
  const __m128i cr = _mm_set1_epi8('\r');
  for (; i + 16 <= text.size(); i += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + i));
    const __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(block, lf), _mm_cmpeq_epi8(block, cr));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(ends));
    if (mask != 0) return i + static_cast<std::size_t>(std::countr_zero(mask));
  }
#endif
  while (i < text.size() && text[i] != '\n' && text[i] != '\r') ++i;
  return i;
}

void release_if_large(std::string& buffer) {
  buffer.clear();
  if (buffer.capacity() > kKeepBytes) buffer.shrink_to_fit();
}

}  // namespace

void SseScanner::feed(std::string_view bytes) {
  feed_begin_ += feed_.size();
  feed_ = bytes;
  at_ = 0;
}

bool SseScanner::next(SseEvent& event) {
  if (forget_name_) name_store_.clear();
  forget_name_ = false;
  if (!data_stored_) release_if_large(data_store_);
  std::string_view line;
  while (take_line(line)) {
    count_line(line.size());
    if (std::exchange(first_line_, false) && line.starts_with(kByteOrderMark))
      line.remove_prefix(kByteOrderMark.size());
    if (line.empty()) {
      if (finish_block(event)) return true;
    } else if (!oversize_) {
      read_field(line);
    }
  }
  if (has_data_ && !data_stored_ && !data_in_carry_) {  // the view is about to die with its feed
    store_data();
  }
  return false;
}

bool SseScanner::take_line(std::string_view& line) {
  if (std::exchange(carry_taken_, false) && !data_in_carry_) release_if_large(carry_);
  if (skip_lf_ && at_ < feed_.size()) {
    skip_lf_ = false;
    if (feed_[at_] == '\n') {
      ++at_;
      if (block_bytes_ == 0) block_begin_ = feed_begin_ + at_;
    }
  }
  const std::size_t end = line_end(feed_, at_);
  if (end == feed_.size()) {
    hold_partial_line();
    return false;
  }
  line = feed_.substr(at_, end - at_);
  if (!carry_.empty() && !data_in_carry_) {
    carry_ += line;
    carry_taken_ = true;
    line = carry_;
  }
  at_ = end + 1;
  if (feed_[end] == '\r') {
    skip_lf_ = at_ == feed_.size();
    if (!skip_lf_ && feed_[at_] == '\n') ++at_;
  }
  return true;
}

void SseScanner::hold_partial_line() {
  const std::string_view part = feed_.substr(at_);
  at_ = feed_.size();
  if (part.empty()) return;
  if (data_in_carry_) store_data();
  if (block_bytes_ + carry_.size() + part.size() + 1 > max_event_) oversize_ = true;
  if (!oversize_) {
    carry_ += part;
  } else {
    carry_.assign(1, '?');  // all that matters of a line we skip: it is not blank
  }
}

void SseScanner::count_line(std::size_t bytes) {
  block_bytes_ += bytes + 1;
  // The blank line at the end counts for nothing.
  if (bytes > 0 && block_bytes_ > max_event_) oversize_ = true;
}

void SseScanner::read_field(std::string_view line) {
  if (line.starts_with("data:")) return append_data(line.substr(line.size() > 5 && line[5] == ' ' ? 6 : 5));
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "event") {
    name_store_ = value;
  } else if (name == "data") {
    append_data(value);
  }
}

void SseScanner::append_data(std::string_view value) {
  const bool first = !std::exchange(has_data_, true);
  if (first) {
    data_stored_ = false;
    data_in_carry_ = carry_taken_;
    data_view_ = value;
    return;
  }
  if (!data_stored_) store_data();
  data_store_ += '\n';
  data_store_ += value;
}

// Moves the data to where it outlives its feed and the next line.
void SseScanner::store_data() {
  if (data_in_carry_) {
    const auto before = static_cast<std::size_t>(data_view_.data() - carry_.data());
    std::swap(carry_, data_store_);
    data_store_.erase(0, before);
    carry_.clear();
    data_in_carry_ = false;
  } else {
    data_store_ = data_view_;
  }
  data_stored_ = true;
}

// At a blank line. True if there is an event to give out.
bool SseScanner::finish_block(SseEvent& event) {
  const bool dispatch = has_data_ || oversize_;
  if (dispatch) {
    event.oversize = oversize_;
    event.name = oversize_ ? std::string_view() : std::string_view(name_store_);
    event.data = oversize_ ? std::string_view() : data_stored_ ? std::string_view(data_store_) : data_view_;
    event.begin = block_begin_;
    event.end = feed_begin_ + at_;
    forget_name_ = true;
  } else {
    name_store_.clear();
  }
  block_begin_ = feed_begin_ + at_;
  block_bytes_ = 0;
  oversize_ = false;
  has_data_ = false;
  data_stored_ = false;
  if (std::exchange(data_in_carry_, false)) carry_taken_ = true;  // the event's data until the next call
  return dispatch;
}

void SseScanner::reset() {
  feed_ = {};
  at_ = 0;
  feed_begin_ = block_begin_ = 0;
  block_bytes_ = 0;
  carry_taken_ = skip_lf_ = oversize_ = has_data_ = data_stored_ = data_in_carry_ = forget_name_ = false;
  first_line_ = true;
  data_view_ = {};
  release_if_large(carry_);
  release_if_large(data_store_);
  release_if_large(name_store_);
}

}  // namespace pointsman::llm
