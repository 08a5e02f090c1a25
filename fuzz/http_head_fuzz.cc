// links: pm_http
// parses: http/request_head http/response_head http/field_parser http/fields http/head_end http/host
// Request and response heads. First byte: even = request, odd = response (its higher bits pick the request's method).
//
// Beyond not crashing: a head found byte by byte is the head found at once; what is accepted keeps the promises that
// framing rests on; and an accepted head survives being moved.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "http/head.h"

namespace {

using namespace pointsman;
using namespace pointsman::http;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_field(const Field& field, bool request) {
  require(!field.name.empty() && field.name.find_first_of(std::string_view(": \t\r\n\0", 6)) == field.name.npos);
  require(!request || !field.name.contains('_'));
  require(field.value.find_first_of(std::string_view("\r\n\0\v\f\x7f", 6)) == field.value.npos);
  require(field.value.empty() || (field.value.front() != ' ' && field.value.back() != ' '));
}

void check_fields(const FieldList& fields, const Framing& framing, bool request) {
  require(fields.size() <= kMaxFields);
  for (const Field& field : fields) check_field(field, request);
  const std::size_t lengths = fields.count("content-length");
  const std::size_t codings = fields.count("transfer-encoding");
  require(lengths + codings <= 1);
  if (framing.kind == Framing::Kind::kLength) require(std::to_string(framing.length) == *fields.find("content-length"));
  if (framing.kind == Framing::Kind::kChunked) {
    require(equal_ignoring_case(*fields.find("transfer-encoding"), "chunked"));
  }
}

void check_request(std::string_view bytes) {
  RequestHead head;
  if (!parse_request_head(bytes, {}, head)) return;
  check_fields(head.fields, head.framing, true);
  require(head.fields.count("host") == 1 && head.find("host") == head.host && !head.host.empty());
  require(head.target.starts_with('/') && head.target.starts_with(head.path));
  require(head.framing.kind != Framing::Kind::kUntilClose);
  require((head.framing.kind == Framing::Kind::kNone) ==
          (head.fields.count("content-length") + head.fields.count("transfer-encoding") == 0));
  const std::string target(head.target);
  const std::string host(head.host);
  const std::vector<char> moved(bytes.begin(), bytes.end());
  head.rebase(bytes.data(), moved.data());
  require(head.target == target && head.host == host && head.target.data() >= moved.data() &&
          head.target.data() < moved.data() + moved.size());
}

void check_response(std::string_view bytes, Method method) {
  ResponseHead head;
  if (!parse_response_head(bytes, method, {}, head)) return;
  check_fields(head.fields, head.framing, false);
  require(head.status >= 100 && head.status <= 599 && head.status != 101);
  require(!(head.keep_alive && head.framing.kind == Framing::Kind::kUntilClose));
  const bool bodiless = head.status < 200 || head.status == 204 || head.status == 304 || method == Method::kHead;
  require(bodiless == (head.framing.kind == Framing::Kind::kNone));
}

// -1: refused, 0: incomplete.
long end_of(const base::Result<std::optional<std::size_t>>& end) {
  return !end ? -1 : static_cast<long>(end->value_or(0));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::vector<char> exact(data + 1, data + size);  // its own allocation: reading past it is caught
  const std::string_view bytes(exact.data(), exact.size());
  const auto whole = head_end(bytes, 0);
  long stepwise = 0;
  for (std::size_t i = 1; i <= bytes.size() && stepwise == 0; ++i)
    stepwise = end_of(head_end(bytes.substr(0, i), i - 1));
  require(stepwise == end_of(whole));
  const std::string_view head = whole && *whole ? bytes.substr(0, **whole) : bytes;
  if (data[0] % 2 == 0) {
    check_request(head);
  } else {
    check_response(head, data[0] & 2 ? Method::kHead : Method::kPost);
  }
  return 0;
}
