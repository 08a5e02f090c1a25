// links: pm_http CLI11::CLI11
//
// Requests over loopback, counted exactly, and the CPU time of the process that serves them. One thread, one epoll.
//
//   load_generator --port 8080 --body request.json [--path /v1/chat/completions] [--header 'name: value']...
//     --connections 32 --requests 20000 [--warm 2000]     as fast as the answers come (closed loop)
//     ... --rate 1000                                     at a fixed rate; latencies count from the planned moment
//     ... --streams 10 --warm 2                           every connection holds one stream: events of 10 seconds,
//                                                         after 2 seconds in which the streams are opened one by one
//   --watch PID   adds the CPU microseconds that process used while requests or events were counted: all threads
//                 ("cpu_us"), and those of one name together ("threads_us")
//   --sheds       503 is an answer, too: "shed" counts them, latencies are of the others
//   --fresh MARK  the first place in the body where MARK stands holds a number instead, another in each request
//
// Prints one JSON object. Exits with 1 if any request failed.
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>  // clock_getcpuclockid is POSIX, not std
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/body.h"
#include "http/head.h"

namespace {

namespace http = pointsman::http;
using Clock = std::chrono::steady_clock;

struct Plan {
  std::uint16_t port = 0;
  std::string path = "/v1/chat/completions";
  std::string body_file;
  std::vector<std::string> headers;
  int connections = 1;
  int requests = 0;
  double warm = 0;  // requests, or seconds of streams
  double rate = 0;
  double streams = 0;
  int watch = 0;
  std::string fresh;
  bool sheds = false;
};

// CPU time of all threads of a process, in microseconds.
double cpu_micros(int process) {
  if (process == 0) return 0;
  clockid_t clock{};
  timespec used{};
  if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &used) != 0) return 0;
  return static_cast<double>(used.tv_sec) * 1e6 + static_cast<double>(used.tv_nsec) / 1e3;
}

// CPU time of its threads by name, in microseconds (proc(5), schedstat).
std::map<std::string, double> thread_micros(int process) {
  std::map<std::string, double> used;
  std::error_code gone;
  const std::string tasks = fmt::format("/proc/{}/task", process);
  for (std::filesystem::directory_iterator at(tasks, gone), end; !gone && at != end; at.increment(gone)) {
    std::string name;
    double nanos = 0;
    if (!std::getline(std::ifstream(at->path() / "comm"), name)) continue;
    if (!(std::ifstream(at->path() / "schedstat") >> nanos)) continue;
    used[name] += nanos / 1e3;
  }
  return used;
}

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

// One connection and the one request it has open.
class Link {
 public:
  enum class State : std::uint8_t { kOpen, kAnswered, kFailed };

  Link(int descriptor, bool sheds) : descriptor_(descriptor), sheds_(sheds) {}
  ~Link() { ::close(descriptor_); }
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  int descriptor() const { return descriptor_; }
  Clock::time_point begun() const { return begun_; }
  bool busy() const { return busy_; }
  // The last answer was 503.
  bool was_shed() const { return was_shed_; }

  bool send(const std::string& request, Clock::time_point planned) {
    busy_ = true;
    begun_ = planned;
    body_.reset();
    input_.clear();
    scanned_ = 0;
    return ::send(descriptor_, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size());
  }

  // Reads what is there; `events` grows by the server-sent events that ended in it.
  State receive(std::uint64_t& events) {
    std::array<char, 65536> bytes;
    for (;;) {
      const ssize_t got = ::recv(descriptor_, bytes.data(), bytes.size(), 0);
      if (got < 0 && errno == EAGAIN) return State::kOpen;
      if (got <= 0) return State::kFailed;
      input_.append(bytes.data(), static_cast<std::size_t>(got));
      if (!read_input(events)) return State::kFailed;
      if (body_ && body_->done()) {
        busy_ = false;
        return State::kAnswered;
      }
      if (static_cast<std::size_t>(got) < bytes.size()) return State::kOpen;
    }
  }

 private:
  bool read_input(std::uint64_t& events) {
    if (!body_ && !read_head()) return false;
    if (!body_) return true;
    std::size_t at = 0;
    while (at < input_.size() && !body_->done()) {
      const auto piece = body_->next(std::string_view(input_).substr(at));
      if (!piece) return false;
      at += piece->consumed;
      count_events(piece->payload, events);
    }
    input_.erase(0, at);
    return true;
  }

  bool read_head() {
    const auto size = http::head_end(input_, scanned_, {}, http::Peer::kUpstream);
    if (!size) return false;
    scanned_ = input_.size();
    if (!*size) return true;
    http::ResponseHead head;
    if (!http::parse_response_head({input_.data(), **size}, http::Method::kPost, {}, head)) return false;
    was_shed_ = sheds_ && head.status == 503;
    if (head.status != 200 && !was_shed_) {
      fmt::print(stderr, "load_generator: status {}: {}\n", head.status, input_.substr(0, 2000));
      return false;
    }
    auto body = http::BodyReader::open(head.framing, http::Peer::kUpstream);
    if (!body) return false;
    body_ = *body;
    input_.erase(0, **size);
    return true;
  }

  void count_events(std::string_view payload, std::uint64_t& events) {
    for (const char c : payload) {
      if (c == '\n' && last_ == '\n') ++events;
      last_ = c;
    }
  }

  int descriptor_;
  bool sheds_;
  bool was_shed_ = false;
  bool busy_ = false;
  Clock::time_point begun_;
  std::string input_;
  std::size_t scanned_ = 0;
  std::optional<http::BodyReader> body_;
  char last_ = 0;
};

class Generator {
 public:
  explicit Generator(Plan plan) : plan_(std::move(plan)), epoll_(::epoll_create1(0)) {}
  ~Generator() { ::close(epoll_); }
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  bool prepare() {
    std::ifstream file(plan_.body_file);
    const std::string body((std::istreambuf_iterator<char>(file)), {});
    request_ = fmt::format("POST {} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\ncontent-type: application/json\r\n", plan_.path,
                           plan_.port);
    for (const std::string& header : plan_.headers) request_ += header + "\r\n";
    request_ += fmt::format("content-length: {}\r\n\r\n", body.size());
    const std::size_t marked = plan_.fresh.empty() ? std::string::npos : body.find(plan_.fresh);
    if (marked != std::string::npos) fresh_at_ = request_.size() + marked;
    request_ += body;
    if (!plan_.fresh.empty() && marked == std::string::npos) return false;
    for (int i = 0; i < plan_.connections; ++i) {
      if (!connect()) return false;
    }
    return !body.empty();
  }

  bool run() {
    start_ = Clock::now();
    if (plan_.streams > 0) return run_streams();
    return run_requests();
  }

  void report() {
    const double seconds = seconds_between(counted_from_, counted_to_);
    std::ranges::sort(latencies_);
    const auto at = [this](double share) {
      if (latencies_.empty()) return 0.0;
      return latencies_[static_cast<std::size_t>(share * static_cast<double>(latencies_.size() - 1))];
    };
    fmt::print(
        "{{\"requests\": {}, \"failed\": {}, \"shed\": {}, \"events\": {}, \"seconds\": {:.4f}, \"cpu_us\": {:.0f}, "
        "\"threads_us\": {{{}}}, \"p50_us\": {:.1f}, \"p99_us\": {:.1f}, \"max_us\": {:.1f}}}\n",
        latencies_.size(), failed_, shed_, events_, seconds, cpu_to_ - cpu_from_, threads(), at(0.5), at(0.99), at(1));
  }

 private:
  std::string threads() const {
    std::string out;
    for (const auto& [name, micros] : threads_to_) {
      const auto before = threads_from_.find(name);
      out += fmt::format("{}\"{}\": {:.0f}", out.empty() ? "" : ", ", name,
                         micros - (before == threads_from_.end() ? 0 : before->second));
    }
    return out;
  }

  // Another text in each request, of the same length.
  void freshen() {
    if (fresh_at_ == 0) return;
    const std::string digits = fmt::format("{:0{}}", sent_, plan_.fresh.size());
    request_.replace(fresh_at_, plan_.fresh.size(), digits, digits.size() - plan_.fresh.size(), std::string::npos);
  }

  bool connect() {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(plan_.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      fmt::print(stderr, "load_generator: cannot connect to port {}: errno {}\n", plan_.port, errno);
      return false;
    }
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
    links_.push_back(std::make_unique<Link>(descriptor, plan_.sheds));
    epoll_event event{.events = EPOLLIN, .data = {.u64 = links_.size() - 1}};
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event);
    return true;
  }

  void begin_counting() {
    counted_from_ = Clock::now();
    threads_from_ = thread_micros(plan_.watch);
    cpu_from_ = cpu_micros(plan_.watch);
    events_ = 0;
  }
  void end_counting() {
    cpu_to_ = cpu_micros(plan_.watch);
    threads_to_ = thread_micros(plan_.watch);
    counted_to_ = Clock::now();
  }

  // Waits for input until `until` and gives every link that has some to `on_ready`.
  template <class OnReady>
  void wait(Clock::time_point until, OnReady&& on_ready) {
    std::array<epoll_event, 256> ready;
    const auto left = std::max(until - Clock::now(), Clock::duration::zero());
    const auto nanos = std::chrono::duration_cast<std::chrono::nanoseconds>(left).count();
    const timespec timeout{nanos / 1'000'000'000, nanos % 1'000'000'000};
    const int count = ::epoll_pwait2(epoll_, ready.data(), ready.size(), &timeout, nullptr);
    for (int i = 0; i < count; ++i) on_ready(*links_[ready[static_cast<std::size_t>(i)].data.u64]);
  }

  bool run_requests() {
    const auto warm = static_cast<int>(plan_.warm);
    const int all = warm + plan_.requests;
    latencies_.reserve(static_cast<std::size_t>(plan_.requests));
    for (const auto& link : links_) free_.push_back(link.get());
    if (warm == 0) begin_counting();
    while (done_ < all && failed_ == 0) {
      send_due(all);
      const auto soon = Clock::now() + std::chrono::milliseconds(100);
      const bool more = plan_.rate > 0 && sent_ < all && !free_.empty();
      wait(more ? planned(sent_) : soon, [&](Link& link) { take_answer(link, warm); });
      if (seconds_between(start_, Clock::now()) > 60) return false;
    }
    end_counting();
    return failed_ == 0;
  }

  Clock::time_point planned(int number) const {
    return start_ + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(number / plan_.rate));
  }

  void send_due(int all) {
    while (!free_.empty() && sent_ < all) {
      const Clock::time_point now = Clock::now();
      const Clock::time_point moment = plan_.rate > 0 ? planned(sent_) : now;
      if (moment > now) return;
      Link& link = *free_.back();
      free_.pop_back();
      ++sent_;
      freshen();
      if (!link.send(request_, moment)) ++failed_;
    }
  }

  void take_answer(Link& link, int warm) {
    const Link::State state = link.receive(events_);
    if (state == Link::State::kOpen) return;
    if (state == Link::State::kFailed) {
      ++failed_;
      ::epoll_ctl(epoll_, EPOLL_CTL_DEL, link.descriptor(), nullptr);
      return;
    }
    ++done_;
    if (done_ > warm && link.was_shed()) ++shed_;
    if (done_ > warm && !link.was_shed()) latencies_.push_back(seconds_between(link.begun(), Clock::now()) * 1e6);
    if (done_ == warm) begin_counting();
    free_.push_back(&link);
  }

  bool run_streams() {
    const auto duration = [](double seconds) {
      return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    };
    const Clock::time_point count_at = start_ + duration(plan_.warm);
    const Clock::time_point end_at = count_at + duration(plan_.streams);
    // All are open after nine tenths of the warm-up, their beginnings spread evenly.
    const double apart = 0.9 * plan_.warm / plan_.connections;
    bool counting = false;
    std::size_t opened = 0;
    while (failed_ == 0 && Clock::now() < end_at) {
      const Clock::time_point next = opened < links_.size() ? start_ + duration(apart * static_cast<double>(opened))
                                                            : (counting ? end_at : count_at);
      wait(next, [&](Link& link) {
        if (link.receive(events_) != Link::State::kOpen) ++failed_;  // a stream must outlast the counting
      });
      if (Clock::now() < next) continue;
      if (opened < links_.size()) {
        if (!links_[opened++]->send(request_, Clock::now())) ++failed_;
      } else if (!counting) {
        counting = true;
        begin_counting();
      }
    }
    end_counting();
    return failed_ == 0;
  }

  Plan plan_;
  int epoll_;
  std::string request_;
  std::vector<std::unique_ptr<Link>> links_;
  std::vector<Link*> free_;
  std::vector<double> latencies_;
  Clock::time_point start_, counted_from_, counted_to_;
  double cpu_from_ = 0, cpu_to_ = 0;
  std::map<std::string, double> threads_from_, threads_to_;
  std::size_t fresh_at_ = 0;  // in the request; 0: all are alike
  std::uint64_t events_ = 0;
  std::uint64_t shed_ = 0;
  int sent_ = 0, done_ = 0, failed_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Plan plan;
  CLI::App app("Requests over loopback, counted exactly");
  app.add_option("--port", plan.port)->required();
  app.add_option("--path", plan.path);
  app.add_option("--body", plan.body_file)->required();
  app.add_option("--header", plan.headers);
  app.add_option("--connections", plan.connections);
  app.add_option("--requests", plan.requests);
  app.add_option("--warm", plan.warm);
  app.add_option("--rate", plan.rate);
  app.add_option("--streams", plan.streams);
  app.add_option("--watch", plan.watch);
  app.add_option("--fresh", plan.fresh);
  app.add_flag("--sheds", plan.sheds);
  CLI11_PARSE(app, argc, argv);
  Generator generator(std::move(plan));
  if (!generator.prepare()) return 1;
  const bool good = generator.run();
  generator.report();
  return good ? 0 : 1;
}
