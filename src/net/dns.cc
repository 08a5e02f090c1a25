#include "net/dns.h"

#include <netdb.h>
#include <sys/socket.h>

#include <cstring>
#include <exception>
#include <utility>

#include "base/log.h"

namespace pointsman::net {
namespace {

base::Result<Addresses> system_lookup(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (code != 0) {
    return base::fail(base::ErrorCode::kConnect, "cannot resolve '" + host + "': " + ::gai_strerror(code),
                      base::Origin::kUpstream, base::Retry::kOtherTarget);
  }
  Addresses out;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    asio::ip::tcp::endpoint endpoint;
    if (one->ai_addrlen > endpoint.capacity()) continue;
    std::memcpy(endpoint.data(), one->ai_addr, one->ai_addrlen);
    endpoint.resize(one->ai_addrlen);
    out.push_back(endpoint.address());
  }
  ::freeaddrinfo(found);
  return out;
}

base::Error unresolved(const std::string& message) {
  return base::Error(base::ErrorCode::kConnect, message, base::Origin::kUpstream, base::Retry::kOtherTarget);
}

}  // namespace

Resolver::Resolver() : Resolver(system_lookup) {}

Resolver::Resolver(Lookup lookup) : lookup_(std::move(lookup)), thread_([this] { work(); }) {}

Resolver::~Resolver() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

AddressesPtr Resolver::cached(const std::string& host, base::MonoTime now) {
  ErrorCondition not_a_literal;
  const auto literal = asio::ip::make_address(host, not_a_literal);
  if (!not_a_literal) return std::make_shared<const Addresses>(Addresses{literal});
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(host);
  if (found == known_.end() || !found->second.addresses) return nullptr;
  const auto age = now - found->second.at;
  if (age > kStale) return nullptr;
  if (age > kFresh) enqueue(host, found->second);
  return found->second.addresses;
}

void Resolver::resolve(const std::string& host, Loop& loop, std::function<void(base::Result<AddressesPtr>)> done) {
  const std::lock_guard lock(mutex_);
  Known& known = known_[host];
  if (!known.failure.empty() && Loop::now() - known.failed_at < kFailure) {
    loop.post([done = std::move(done), error = unresolved(known.failure)] { done(base::fail(error)); });
    return;
  }
  known.waiters.push_back({&loop, std::move(done)});
  enqueue(host, known);
}

void Resolver::enqueue(const std::string& host, Known& known) {
  if (known.pending) return;
  known.pending = true;
  queue_.push_back(host);
  wake_.notify_one();
}

void Resolver::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    const std::string host = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    auto answer = look_up(host);
    lock.lock();
    try {
      publish(host, std::move(answer));
    } catch (const std::exception& broken) {  // whoever waits gives up at the deadline
      base::log_error("names: unexpected exception: {}", broken.what());
    }
  }
}

base::Result<Addresses> Resolver::look_up(const std::string& host) {
  try {
    return lookup_(host);
  } catch (const std::exception& broken) {  // the task boundary: the thread must go on
    return base::fail(unresolved(broken.what()));
  }
}

void Resolver::publish(const std::string& host, base::Result<Addresses> answer) {
  Known& known = known_[host];
  known.pending = false;
  if (answer && answer->empty()) answer = base::fail(unresolved("'" + host + "' has no address"));
  if (answer) {
    known.addresses = std::make_shared<const Addresses>(std::move(*answer));
    known.at = Loop::now();
    known.failure.clear();
  } else {
    known.failure = answer.error().message();
    known.failed_at = Loop::now();
  }
  const base::Result<AddressesPtr> told =
      answer ? base::Result<AddressesPtr>(known.addresses) : base::fail(answer.error());
  for (Waiter& waiter : std::exchange(known.waiters, {})) {
    waiter.loop->post([done = std::move(waiter.done), told] { done(told); });
  }
}

}  // namespace pointsman::net
