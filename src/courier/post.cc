#include "courier/post.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "http/body.h"
#include "http/client.h"
#include "http/write.h"

namespace pointsman::courier {

using base::ErrorCode;
using base::Result;

namespace {

constexpr std::int64_t kLongestWait = 86'400;  // seconds that a Retry-After may say

Result<std::string> head_of(const Target& target, std::string_view id, std::string_view body, base::WallTime now) {
  const std::string timestamp = webhook::timestamp_text(now);
  std::string out;
  const bool started = http::append_request_start(out, "POST", target.path, target.host);
  if (!started || !http::append_field(out, "webhook-id", id)) {
    return base::fail(ErrorCode::kInvalidArgument, "webhook '" + target.name + "': its URL makes no valid request");
  }
  (void)http::append_field(out, "webhook-timestamp", timestamp);
  (void)http::append_field(out, "webhook-signature", target.key.sign(id, timestamp, body));
  http::append_line(out, "content-type: application/json");
  http::append_line(out, "user-agent: pointsman-webhooks");
  http::append_line(out, "accept: */*");
  http::append_line(out, "connection: close");
  http::append_content_length(out, body.size());
  http::append_head_end(out);
  return out;
}

// The delay form alone (RFC 9110 section 10.2.3); a date is ignored, and our own wait is used.
std::optional<base::Duration> retry_after_of(const http::ResponseHead& head) {
  const auto field = head.find("retry-after");
  if (!field) return std::nullopt;
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(field->data(), field->data() + field->size(), seconds);
  if (error != std::errc() || end != field->data() + field->size() || seconds < 0) return std::nullopt;
  return std::chrono::seconds(std::min(seconds, kLongestWait));
}

// The beginning of the body. What breaks off later takes nothing back from an answer that has a status.
net::Awaitable<> read_body(http::ClientConnection& link, const http::ResponseHead& head, std::size_t most,
                           std::string& out) {
  auto body = http::BodyReader::open(head.framing, http::Peer::kUpstream);
  if (!body) co_return;
  link.consume_head();
  net::Channel& channel = link.channel();
  while (!body->done() && out.size() < most) {
    const auto read = body->relay(channel.input(), [&](std::string_view payload) {
      out += payload.substr(0, std::min(payload.size(), most - out.size()));
    });
    if (!read) co_return;
    channel.consume(read->consumed);
    if (read->done || out.size() >= most) co_return;
    const auto more = co_await channel.fill();
    if (!more || !*more) co_return;
  }
}

net::Awaitable<Result<PostAnswer>> exchange(http::ClientConnection& link, std::string_view request,
                                            std::string_view body, std::size_t most) {
  const std::array<std::string_view, 2> pieces = {request, body};
  const auto sent = co_await link.send(pieces);
  // A receiver may answer and close before it has read everything: look for the answer anyway.
  if (!sent && sent.error().code() != ErrorCode::kReset) co_return base::fail(sent.error());
  http::ResponseHead head;
  PM_CO_CHECK(co_await link.read_head(http::Method::kPost, http::Limits{16 * 1024, http::kMaxFields}, head));
  PostAnswer answer;
  answer.status = head.status;
  answer.retry_after = retry_after_of(head);
  answer.date = head.find("date").value_or(std::string_view());
  co_await read_body(link, head, most, answer.body);
  co_return answer;
}

}  // namespace

net::Awaitable<Result<PostAnswer>> post_parcel(net::Loop& loop, net::Resolver& resolver, Parcel parcel,
                                               net::CancelToken& cancel, PostLimits limits) {
  const base::MonoTime began = net::Loop::now();
  PM_CO_TRY(auto channel, co_await net::connect_checked(loop, resolver, parcel.endpoint, parcel.may_use,
                                                        began + limits.connect, cancel));
  http::ClientConnection link(std::move(channel));
  link.channel().set_deadline(began + limits.total);
  Result<PostAnswer> answer;
  {
    const net::CancelToken::Scope scope(
        cancel, [](void* c) { static_cast<net::Channel*>(c)->cancel(); }, &link.channel());
    answer = co_await exchange(link, parcel.head, parcel.body, limits.body);
  }
  link.channel().close();
  if (cancel.requested()) co_return base::fail(ErrorCode::kCancelled, "the delivery was cancelled");
  co_return answer;
}

net::Awaitable<Result<PostAnswer>> post(net::Loop& loop, net::Resolver& resolver, const Target& target, std::string id,
                                        std::string body, base::WallTime now, net::CancelToken& cancel,
                                        PostLimits limits) {
  PM_CO_TRY(const std::string request, head_of(target, id, body, now));
  const Parcel parcel{target.endpoint, target.only_public ? is_public : nullptr, request, body};
  co_return co_await post_parcel(loop, resolver, parcel, cancel, limits);
}

}  // namespace pointsman::courier
