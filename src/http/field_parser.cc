#include "http/field_parser.h"

#include <algorithm>
#include <string>

#include "http/characters.h"

namespace pointsman::http {
namespace {

using base::ErrorCode;

[[gnu::cold, gnu::noinline]] base::Error line_error(Peer peer, std::size_t line, std::string_view message) {
  return codec_error(peer, ErrorCode::kParse, message, "header line " + std::to_string(line + 1));
}

// `name` against lower-case letters and dashes. Exact for tokens: no other tchar becomes one of these with bit 5 set.
template <std::size_t N>
bool is_name(std::string_view name, const char (&lower_case)[N]) {
  for (std::size_t i = 0; i + 1 < N; ++i) {
    if ((name[i] | 0x20) != lower_case[i]) return false;
  }
  return true;
}

void note_single(SingleField& field, std::string_view value, bool tight) {
  if (field.count++ == 0) field.value = value;
  field.tight = field.tight && tight;
}

void note_connection(std::string_view value, FieldFacts& facts) {
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    std::string_view option = value.substr(0, comma);
    value.remove_prefix(std::min(comma + 1, value.size()));
    while (!option.empty() && (option.front() == ' ' || option.front() == '\t')) option.remove_prefix(1);
    while (!option.empty() && (option.back() == ' ' || option.back() == '\t')) option.remove_suffix(1);
    if (equal_ignoring_case(option, "close")) facts.close = true;
    if (equal_ignoring_case(option, "keep-alive")) facts.keep_alive = true;
  }
}

void note(const Field& field, bool tight, FieldFacts& facts) {
  switch (field.name.size()) {
    case 4:
      if (is_name(field.name, "host")) note_single(facts.host, field.value, tight);
      break;
    case 6:
      if (is_name(field.name, "expect")) note_single(facts.expect, field.value, tight);
      break;
    case 10:
      if (is_name(field.name, "connection")) note_connection(field.value, facts);
      break;
    case 14:
      if (is_name(field.name, "content-length")) note_single(facts.content_length, field.value, tight);
      break;
    case 17:
      if (is_name(field.name, "transfer-encoding")) note_single(facts.transfer_encoding, field.value, tight);
      break;
    default:
      break;
  }
}

[[gnu::cold, gnu::noinline]] base::Error name_error(Peer peer, std::size_t line, const char* name, const char* stop) {
  if (stop == name && (*stop == ' ' || *stop == '\t')) {
    return line_error(peer, line, "a header line begins with white space (folded lines are not accepted)");
  }
  if (stop == name && *stop == ':') return line_error(peer, line, "a header has no name");
  if (*stop == '_') return line_error(peer, line, "a header name holds '_', which peers confuse with '-'");
  if (*stop == ' ' || *stop == '\t') return line_error(peer, line, "white space in a header name or before its colon");
  return line_error(peer, line, "a header name holds a character that is not allowed, or has no colon");
}

[[gnu::cold, gnu::noinline]] base::Error value_error(Peer peer, std::string_view name, const char* stop) {
  const std::string_view what =
      *stop == '\r' || *stop == '\n' ? "a bare CR or LF in a header value" : "a control character in a header value";
  return codec_error(peer, ErrorCode::kParse, what, name);
}

base::Result<Framing> length_framing(const SingleField& field, Peer peer) {
  const std::string_view digits = field.value;
  if (digits.empty() || digits.size() > 19 || !std::all_of(digits.begin(), digits.end(), is_digit)) {
    return base::fail(
        codec_error(peer, ErrorCode::kParse, "must be a decimal number of 1 to 19 digits", "Content-Length"));
  }
  if (digits.size() > 1 && digits[0] == '0') {
    return base::fail(codec_error(peer, ErrorCode::kParse, "must not begin with a zero", "Content-Length"));
  }
  Framing framing{Framing::Kind::kLength, 0};
  for (const char c : digits) framing.length = framing.length * 10 + static_cast<std::uint64_t>(c - '0');
  return framing;
}

base::Result<void> check_single(const SingleField& field, Peer peer, std::string_view name) {
  if (field.count > 1) return base::fail(codec_error(peer, ErrorCode::kParse, "must appear only once", name));
  if (peer == Peer::kClient && !field.tight) {
    return base::fail(codec_error(peer, ErrorCode::kParse, "must not have extra white space around its value", name));
  }
  return {};
}

}  // namespace

base::Result<void> parse_fields(const char* p, const char* end, Peer peer, const Limits& limits, FieldList& fields,
                                FieldFacts& facts) {
  const unsigned name_class = peer == Peer::kClient ? kPlainNameByte : kTokenByte;
  const std::size_t max_fields = std::min(limits.fields, kMaxFields);
  fields.clear();
  while (p + 2 < end) {  // the final CRLF is a sentinel: no scan below runs past it
    const char* const name = p;
    p = skip_common_name(p, end);
    while (is_class(*p, name_class)) ++p;
    if (*p != ':' || p == name) return base::fail(name_error(peer, fields.size(), name, p));
    const std::string_view name_view(name, static_cast<std::size_t>(p - name));
    const char* const after_colon = ++p;
    while (*p == ' ' || *p == '\t') ++p;
    const char* const value = p;
    p = find_control(p, end);
    if (p[0] != '\r' || p[1] != '\n') return base::fail(value_error(peer, name_view, p));
    const char* value_end = p;
    while (value_end != value && (value_end[-1] == ' ' || value_end[-1] == '\t')) --value_end;
    const bool tight = value_end == p && (value == after_colon || (value == after_colon + 1 && *after_colon == ' '));
    p += 2;
    if (fields.size() == max_fields) {
      return base::fail(codec_error(peer, ErrorCode::kTooLarge,
                                    "more than " + std::to_string(max_fields) + " header fields", "head"));
    }
    const Field field{name_view, {value, static_cast<std::size_t>(value_end - value)}};
    fields.add(field);
    note(field, tight, facts);
  }
  if (end - p != 2 || p[0] != '\r' || p[1] != '\n') {
    return base::fail(line_error(peer, fields.size(), "the head does not end with an empty line"));
  }
  return {};
}

base::Result<Framing> framing_of(const FieldFacts& facts, Peer peer, int minor_version) {
  const SingleField& coding = facts.transfer_encoding;
  const SingleField& length = facts.content_length;
  if (coding.count != 0 && length.count != 0) {
    return base::fail(
        codec_error(peer, ErrorCode::kParse, "must not appear together with Content-Length", "Transfer-Encoding"));
  }
  if (coding.count != 0) {
    PM_CHECK(check_single(coding, peer, "Transfer-Encoding"));
    if (minor_version != 1) {
      return base::fail(codec_error(peer, ErrorCode::kParse, "HTTP/1.0 has no transfer codings", "Transfer-Encoding"));
    }
    if (!equal_ignoring_case(coding.value, "chunked")) {
      return base::fail(codec_error(peer, ErrorCode::kParse, "must be exactly 'chunked'", "Transfer-Encoding"));
    }
    return Framing{Framing::Kind::kChunked, 0};
  }
  if (length.count != 0) {
    PM_CHECK(check_single(length, peer, "Content-Length"));
    return length_framing(length, peer);
  }
  return Framing{};
}

}  // namespace pointsman::http
