#include "limits/time_zone.h"

#include <algorithm>
#include <array>

namespace pointsman::limits {
namespace {

constexpr std::size_t kHeaderBytes = 44;
constexpr std::size_t kTypeBytes = 6;
constexpr std::int32_t kMaxOffset = 26 * 3600 - 1;  // RFC 9636, 3.2: utoff should be below 26 hours

base::Error bad(std::string_view what) {
  return base::Error(base::ErrorCode::kParse, "not a time zone file: " + std::string(what));
}

// Reads big-endian numbers from the front; the caller has checked that they are there.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : rest_(bytes) {}

  std::size_t size() const { return rest_.size(); }
  std::string_view take(std::size_t count) {
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  std::uint8_t take_byte() { return static_cast<std::uint8_t>(take(1).front()); }
  std::uint64_t take_number(std::size_t width) {
    std::uint64_t value = 0;
    for (const char byte : take(width)) value = value << 8 | static_cast<std::uint8_t>(byte);
    return value;
  }
  std::int64_t take_time(std::size_t width) {
    const std::uint64_t value = take_number(width);
    return width == 4 ? static_cast<std::int32_t>(static_cast<std::uint32_t>(value)) : static_cast<std::int64_t>(value);
  }

 private:
  std::string_view rest_;
};

// RFC 9636, 3.1.
struct Header {
  char version = 0;
  std::uint64_t utc_marks = 0;
  std::uint64_t standard_marks = 0;
  std::uint64_t leaps = 0;
  std::uint64_t times = 0;
  std::uint64_t types = 0;
  std::uint64_t letters = 0;

  std::uint64_t body_bytes(std::uint64_t time_width) const {
    return times * (time_width + 1) + types * kTypeBytes + letters + leaps * (time_width + 4) + standard_marks +
           utc_marks;
  }
};

base::Result<Header> take_header(Bytes& bytes) {
  if (bytes.size() < kHeaderBytes) return base::fail(bad("it ends within a header"));
  if (bytes.take(4) != "TZif") return base::fail(bad("it does not begin with TZif"));
  Header header;
  header.version = bytes.take(1).front();
  bytes.take(15);
  header.utc_marks = bytes.take_number(4);
  header.standard_marks = bytes.take_number(4);
  header.leaps = bytes.take_number(4);
  header.times = bytes.take_number(4);
  header.types = bytes.take_number(4);
  header.letters = bytes.take_number(4);
  return header;
}

base::Result<void> check(const Header& header, std::uint64_t time_width, const Bytes& bytes) {
  if (header.body_bytes(time_width) > bytes.size()) return base::fail(bad("it ends within its data"));
  if (header.types == 0) return base::fail(bad("it has no type of local time"));
  if (header.leaps != 0)
    return base::fail(bad("it counts leap seconds; take the zone of the same name without right/"));
  return {};
}

struct Body {
  std::vector<std::int64_t> times;
  std::vector<std::int32_t> offsets;  // of each time
  std::int32_t first_offset = 0;
};

base::Result<std::vector<std::int32_t>> take_types(Bytes& bytes, std::uint64_t count) {
  std::vector<std::int32_t> offsets;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto offset = static_cast<std::int32_t>(bytes.take_time(4));
    bytes.take(kTypeBytes - 4);  // whether it is summer time, and what it is called
    if (offset < -kMaxOffset || offset > kMaxOffset) return base::fail(bad("an offset of more than 26 hours"));
    offsets.push_back(offset);
  }
  return offsets;
}

base::Result<Body> take_body(Bytes& bytes, const Header& header, std::size_t time_width) {
  PM_CHECK(check(header, time_width, bytes));
  Body body;
  for (std::uint64_t i = 0; i < header.times; ++i) {
    const std::int64_t time = bytes.take_time(time_width);
    if (i > 0 && time <= body.times.back()) return base::fail(bad("its times do not ascend"));
    body.times.push_back(time);
  }
  const std::string_view indexes = bytes.take(header.times);
  PM_TRY(const std::vector<std::int32_t> types, take_types(bytes, header.types));
  for (const char index : indexes) {
    const auto type = static_cast<std::uint8_t>(index);
    if (type >= types.size()) return base::fail(bad("a time refers to a type that is not there"));
    body.offsets.push_back(types[type]);
  }
  body.first_offset = types.front();
  bytes.take(header.letters + header.standard_marks + header.utc_marks);
  return body;
}

// RFC 9636, 3.3: a line between two newlines; empty if nothing is known of the future.
base::Result<std::optional<PosixZone>> take_footer(Bytes& bytes) {
  const std::string_view footer = bytes.take(bytes.size());
  if (footer.size() < 2 || footer.front() != '\n' || footer.back() != '\n') return base::fail(bad("it has no footer"));
  const std::string_view rule = footer.substr(1, footer.size() - 2);
  if (rule.empty()) return std::optional<PosixZone>();
  const auto zone = PosixZone::parse(rule);
  if (!zone) return base::fail(bad("its footer is no rule of POSIX"));
  return zone;
}

}  // namespace

base::Result<TimeZone> TimeZone::parse(std::string_view bytes, std::string name) {
  if (bytes.size() > kMaxBytes) return base::fail(bad("it is larger than 64 KiB"));
  Bytes rest(bytes);
  TimeZone zone;
  zone.name_ = std::move(name);
  PM_TRY(Header header, take_header(rest));
  std::size_t time_width = 4;
  if (header.version != '\0') {  // the same again with 64 bits a time; the first copy is for old readers
    if (header.version < '2' || header.version > '9') return base::fail(bad("its version is unknown"));
    if (header.body_bytes(4) > rest.size()) return base::fail(bad("it ends within its first data"));
    rest.take(header.body_bytes(4));
    PM_TRY(header, take_header(rest));
    time_width = 8;
  }
  PM_TRY(const Body body, take_body(rest, header, time_width));
  if (time_width == 8) {
    PM_TRY(zone.future_, take_footer(rest));
  }
  zone.first_offset_ = body.first_offset;
  zone.transitions_.reserve(body.times.size());
  for (std::size_t i = 0; i < body.times.size(); ++i) zone.transitions_.push_back({body.times[i], body.offsets[i]});
  return zone;
}

TimeZone::Piece TimeZone::piece_at(std::chrono::sys_seconds instant) const {
  const std::int64_t at = instant.time_since_epoch().count();
  const auto until = [](std::int64_t end) { return std::chrono::sys_seconds(std::chrono::seconds(end)); };
  const auto next = std::ranges::upper_bound(transitions_, at, {}, &Transition::at);
  if (next == transitions_.end() && future_) {
    const PosixZone::Piece piece = future_->piece_at(at);
    return {std::chrono::seconds(piece.offset), until(piece.end)};
  }
  const std::int32_t offset = next == transitions_.begin() ? first_offset_ : std::prev(next)->offset;
  if (next == transitions_.end()) return {std::chrono::seconds(offset), std::chrono::sys_seconds::max()};
  return {std::chrono::seconds(offset), until(next->at)};
}

}  // namespace pointsman::limits
