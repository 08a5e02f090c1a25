#include "cli/http_probe.h"

#include "http/write.h"
#include "net/dns.h"

namespace pointsman::cli {

using base::ErrorCode;
using base::Result;

namespace {

net::Awaitable<> ask_on(net::Loop& loop, net::Resolver& resolver, courier::Parcel parcel, courier::PostLimits limits,
                        Result<courier::PostAnswer>& out) {
  net::CancelToken cancel;
  out = co_await courier::post_parcel(loop, resolver, parcel, cancel, limits);
  loop.stop();
}

}  // namespace

Result<Probed> probe(const Probe& what, const courier::PostLimits& limits) {
  std::string head;
  if (!http::append_request_start(head, what.method, what.path, what.host)) {
    return base::fail(ErrorCode::kInvalidArgument, "the address makes no valid request");
  }
  head += what.fields;
  http::append_line(head, "user-agent: pointsman");
  http::append_line(head, "accept: */*");
  http::append_line(head, "connection: close");
  if (!what.body.empty()) {
    http::append_line(head, "content-type: application/json");
    http::append_content_length(head, what.body.size());
  }
  http::append_head_end(head);
  net::Loop loop;
  net::Resolver resolver;
  Result<courier::PostAnswer> answer = base::fail(ErrorCode::kInternal, "nothing was sent");
  const auto began = std::chrono::steady_clock::now();
  loop.spawn("probe", ask_on(loop, resolver, {what.endpoint, nullptr, head, what.body}, limits, answer));
  loop.run();
  if (!answer) return base::fail(std::move(answer).error());
  const auto took = std::chrono::steady_clock::now() - began;
  return Probed{std::move(*answer), std::chrono::duration_cast<std::chrono::milliseconds>(took)};
}

}  // namespace pointsman::cli
