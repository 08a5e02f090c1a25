#include "shared_redis/examination.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "net/connect.h"
#include "shared_redis/client.h"
#include "shared_redis/session.h"

namespace pointsman::shared_redis {
namespace {

using base::ErrorCode;
using base::Result;

constexpr int kMostRedirections = 3;
constexpr std::array<std::string_view, 5> kCommands = {"XADD", "XREAD", "PEXPIRE", "SET", "GETRANGE"};

std::string key_of(const config::RedisConfig& config, std::string_view name) {
  return config.prefix + ":{" + config.prefix + "}:doctor:" + std::string(name);
}

// What HELLO's answer says of the server: a list of names and values in turn.
void take_facts(const RespValue& hello, Examination& out) {
  for (std::size_t i = 0; i + 1 < hello.items.size(); i += 2) {
    if (hello.items[i].text == "version") out.version = hello.items[i + 1].text.substr(0, 40);
    if (hello.items[i].text == "role") out.role = hello.items[i + 1].text.substr(0, 40);
  }
}

struct Attempt {
  const config::RedisConfig& config;
  net::Endpoint endpoint;
  Version version = Version::kResp3;
  base::MonoTime deadline;
  std::optional<Redirection> moved{};
};

net::Awaitable<Result<Examination>> talk(std::shared_ptr<Client::Session> session, Attempt& attempt) {
  const base::Duration rest = attempt.deadline - net::Loop::now();
  auto greeted = co_await session->run(greeting(attempt.config, attempt.version), rest);
  if (!greeted) co_return base::fail(std::move(greeted).error());
  Examination out;
  for (const RespValue& reply : *greeted) PM_CO_CHECK(greeting_answer(reply));
  if (attempt.version == Version::kResp3) take_facts(greeted->front(), out);
  const base::MonoTime begin = net::Loop::now();
  auto replies = co_await session->run(examination_commands(attempt.config), attempt.deadline - begin);
  attempt.moved = session->redirected;
  if (!replies) co_return base::fail(std::move(replies).error());
  out.took = std::chrono::duration_cast<std::chrono::microseconds>(net::Loop::now() - begin);
  judge(*replies, out);
  co_return out;
}

net::Awaitable<Result<Examination>> examine_once(net::Loop& loop, net::Resolver& resolver, Attempt& attempt) {
  net::CancelToken cancel;
  PM_CO_TRY(net::ChannelPtr channel, co_await net::connect(loop, resolver, attempt.endpoint, attempt.deadline, cancel));
  channel->set_deadline(base::MonoTime::max());
  auto session = std::make_shared<Client::Session>(loop, std::move(channel));
  session->start();
  auto out = co_await talk(session, attempt);
  session->fail(base::Error(ErrorCode::kCancelled, "done"));
  co_return out;
}

net::Awaitable<> examine_on(net::Loop& loop, net::Resolver& resolver, Attempt attempt, Result<Examination>& out) {
  for (int i = 0; i <= kMostRedirections; ++i) {
    attempt.moved.reset();
    out = co_await examine_once(loop, resolver, attempt);
    if (!out && out.error().code() == ErrorCode::kUnsupported && attempt.version == Version::kResp3) {
      attempt.version = Version::kResp2;
    } else if (attempt.moved) {
      if (!attempt.moved->host.empty()) attempt.endpoint.host = attempt.moved->host;
      attempt.endpoint.port = attempt.moved->port;
    } else {
      break;
    }
  }
  loop.stop();
}

}  // namespace

RespCommands examination_commands(const config::RedisConfig& config) {
  RespCommands out;
  const std::string stream = key_of(config, "stream");
  const std::string value = key_of(config, "value");
  out.add({"XADD", stream, "MAXLEN", "1", "*", "r", "doctor"});
  out.add({"XREAD", "COUNT", "1", "STREAMS", stream, "0-0"});
  out.add({"PEXPIRE", stream, "1000"});
  out.add({"SET", value, "1", "PX", "1000"});
  out.add({"GETRANGE", value, "0", "10"});
  return out;
}

void judge(const std::vector<RespValue>& replies, Examination& out) {
  for (std::size_t i = 0; i < replies.size() && i < kCommands.size(); ++i) {
    const RespValue& reply = replies[i];
    if (!reply.is(RespValue::Kind::kError)) continue;
    if (reply.error_code() == "NOPERM") {
      out.forbidden.emplace_back(kCommands[i]);
    } else {
      out.failed.push_back(std::string(kCommands[i]) + ": " + reply.text.substr(0, 200));
    }
  }
}

Result<Examination> examine(const config::RedisConfig& config, std::chrono::milliseconds patience) {
  net::SslContext tls;
  if (config.tls) {
    PM_TRY(tls, net::make_client_tls(config.ca_file, true));
  }
  net::Loop loop;
  net::Resolver resolver;
  Result<Examination> out = base::fail(ErrorCode::kInternal, "nothing was asked");
  Attempt attempt{.config = config,
                  .endpoint = {.host = config.address.host, .port = config.address.port, .tls = std::move(tls)},
                  .deadline = net::Loop::now() + patience};
  loop.spawn("doctor", examine_on(loop, resolver, std::move(attempt), out));
  loop.run();
  return out;
}

}  // namespace pointsman::shared_redis
