#include "http/write.h"

#include <charconv>

#include "http/characters.h"
#include "http/host.h"
#include "http/status.h"

namespace pointsman::http {
namespace {

constexpr std::string_view kCrlf = "\r\n";

// `value` in exactly `width` decimal digits.
void put_decimal(char* at, unsigned value, int width) {
  for (int i = width - 1; i >= 0; --i, value /= 10) at[i] = static_cast<char>('0' + value % 10);
}

void put_text(char* at, std::string_view text) {
  text.copy(at, text.size());
}

}  // namespace

void append_status_line(std::string& out, int status) {
  char digits[4] = {0, 0, 0, ' '};
  put_decimal(digits, static_cast<unsigned>(status), 3);
  out.append("HTTP/1.1 ").append(digits, sizeof digits).append(reason_phrase(status)).append(kCrlf);
}

bool append_request_start(std::string& out, std::string_view method, std::string_view target, std::string_view host) {
  if (!all_class(method, kTokenByte) || !target.starts_with('/') || !all_class(target, kTargetByte)) return false;
  if (!valid_host(host)) return false;
  out.append(method).append(" ").append(target).append(" HTTP/1.1\r\nhost: ").append(host).append(kCrlf);
  return true;
}

bool append_field(std::string& out, std::string_view name, std::string_view value) {
  const char* const end = value.data() + value.size();
  if (!all_class(name, kTokenByte) || find_control(value.data(), end) != end) return false;
  out.append(name).append(": ").append(value).append(kCrlf);
  return true;
}

void append_line(std::string& out, FixedLine line) {
  out.append(line.text()).append(kCrlf);
}

void append_content_length(std::string& out, std::uint64_t bytes) {
  out.append("content-length: ");
  append_decimal(out, bytes);
  out.append(kCrlf);
}

void append_decimal(std::string& out, std::uint64_t number) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void append_head_end(std::string& out) {
  out.append(kCrlf);
}

ChunkHeader::ChunkHeader(std::uint64_t bytes) {
  begin_ = text_.size();
  text_[--begin_] = '\n';
  text_[--begin_] = '\r';
  do {
    text_[--begin_] = "0123456789abcdef"[bytes % 16];
    bytes /= 16;
  } while (bytes != 0);
}

HttpDate::HttpDate(base::WallTime now) {
  using std::chrono::days;
  using std::chrono::floor;
  const auto second = floor<std::chrono::seconds>(now);
  const auto day = floor<days>(second);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(second - day);
  const unsigned weekday = std::chrono::weekday(day).c_encoding();
  const unsigned month = static_cast<unsigned>(date.month()) - 1;
  char* const at = text_.data();
  put_text(at, "Sun, 00 Jan 0000 00:00:00 GMT");
  put_text(at, std::string_view("SunMonTueWedThuFriSat").substr(weekday * 3, 3));
  put_decimal(at + 5, static_cast<unsigned>(date.day()), 2);
  put_text(at + 8, std::string_view("JanFebMarAprMayJunJulAugSepOctNovDec").substr(month * 3, 3));
  put_decimal(at + 12, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  put_decimal(at + 17, static_cast<unsigned>(time.hours().count()), 2);
  put_decimal(at + 20, static_cast<unsigned>(time.minutes().count()), 2);
  put_decimal(at + 23, static_cast<unsigned>(time.seconds().count()), 2);
}

std::string_view DateCache::at(base::WallTime now) {
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  if (second != second_) {
    date_ = HttpDate(now);
    second_ = second;
  }
  return date_.text();
}

}  // namespace pointsman::http
