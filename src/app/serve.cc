#include "app/serve.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <exception>
#include <optional>
#include <thread>

#include "app/config_watch.h"
#include "app/runtime.h"
#include "app/service_notice.h"
#include "app/signals.h"
#include "base/log.h"
#include "cli/find_config.h"

namespace pointsman::app {
namespace {

constexpr std::chrono::milliseconds kWatchEvery{200};
// After SIGTERM, how long connections are still accepted while /readyz says 503: until balancers that ask about once a
// second have heard. Who stops the program from a terminal has no balancer and does not wait.
constexpr std::chrono::milliseconds kLinger{1000};

base::LogLevel log_level(config::LogLevel level) {
  switch (level) {
    case config::LogLevel::kDebug:
      return base::LogLevel::kDebug;
    case config::LogLevel::kInfo:
      return base::LogLevel::kInfo;
    case config::LogLevel::kWarn:
      return base::LogLevel::kWarn;
    case config::LogLevel::kError:
      return base::LogLevel::kError;
  }
  return base::LogLevel::kInfo;
}

void apply_log(const config::LogConfig& log) {
  base::set_log(log_level(log.level), log.format == config::LogFormat::kJson);
}

void reload(Runtime& runtime, const std::string& file, cli::Context& context) {
  auto found = cli::find_config(file, context);
  context.finish();
  if (!found) {
    base::log_error("reload: the configuration has problems; the previous one keeps serving");
    return;
  }
  apply_log(found->config.log);
  auto changed = runtime.reload(std::move(found->config));
  if (!changed) {
    base::log_error("reload: {}; the previous configuration keeps serving", changed.error().message());
    return;
  }
  base::log_info("reloaded: policy {}", runtime.snapshot().policy_version.substr(0, 12));
  for (const std::string& key : *changed) base::log_warn("reload: a change of '{}' needs a restart", key);
}

// `pointsman promote` and `rollback` run in processes of their own.
void follow_registry(Runtime& runtime) {
  const auto followed = runtime.follow_registry();
  if (!followed) {
    base::log_error("classifiers: {}; what served keeps serving", followed.error().message());
  } else if (*followed) {
    base::log_info("classifier {:.12} serves", runtime.snapshot().classifier_version);
  }
}

// As `pointsman keys` does.
void follow_keys(Runtime& runtime) {
  const auto followed = runtime.follow_keys();
  if (!followed) {
    base::log_error("keys: {}; those known before stay valid", followed.error().message());
  } else if (*followed) {
    base::log_info("keys were changed");
  }
}

// The manager's watchdog hears of us only while every event loop answers.
void tell_watchdog(Runtime& runtime, ServiceNotice& notice) {
  const base::MonoTime now = std::chrono::steady_clock::now();
  if (notice.due(now) && runtime.responsive()) notice.alive(now);
}

// What is done between requests. Where it lacks memory it is tried again at the next look; requests go on.
void tend(Runtime& runtime) {
  try {
    follow_registry(runtime);
    follow_keys(runtime);
    runtime.calibrate();
    runtime.learn();
    runtime.tidy();
  } catch (const std::exception& broken) {
    base::log_error("housekeeping: {}; it is tried again", broken.what());
  }
}

// A second signal while requests are drained ends the waiting.
void stop(Runtime& runtime, ServiceNotice& notice, Signal told) {
  notice.stopping();
  base::log_info("stopping: finishing open requests (press Ctrl-C again to cut them)");
  std::atomic<bool> hurry{false};
  std::atomic<bool> done{false};
  std::thread impatience([&] {
    while (!done) {
      if (ends(wait_signal(std::chrono::milliseconds(50)))) hurry = true;
    }
  });
  runtime.stop(hurry, told == Signal::kStop ? kLinger : std::chrono::milliseconds(0));
  done = true;
  impatience.join();
}

}  // namespace

std::string greeting(const Runtime& runtime) {
  const gateway::Snapshot& snapshot = runtime.snapshot();
  const std::uint16_t port = runtime.ports().front();
  const config::ListenerConfig& listener = snapshot.config.listeners.front();
  const std::string host = listener.address.is_loopback() ? listener.address.host : "127.0.0.1";
  const std::string base = fmt::format("{}://{}:{}/v1", listener.tls ? "https" : "http", host, port);
  std::string out = fmt::format(
      "pointsman serves {} models on {}\n\n"
      "  curl {}/chat/completions -H 'content-type: application/json' \\\n"
      "    -d '{{\"model\": \"{}\", \"messages\": [{{\"role\": \"user\", \"content\": \"Hello!\"}}]}}'\n\n"
      "Point an OpenAI client at it with OPENAI_BASE_URL={}\n",
      snapshot.market.models().size(), base, base, snapshot.policy.router, base);
  if (const std::string dashboard = runtime.dashboard(); !dashboard.empty()) {
    out += fmt::format("\nThe dashboard is at {}\n", dashboard);
    if (const auto& password = runtime.dashboard_password(); !password.empty()) {
      out += fmt::format("Sign in as admin with {} (for this run only; admin.users names people for good)\n",
                         password.reveal());
    }
  }
  return out;
}

int serve(const ServeOptions& options, cli::Context& context) {
  take_signals();
  ::prctl(PR_SET_DUMPABLE, 0);  // no core file may hold keys or prompts
  auto found = cli::find_config(options.config_file, context);
  context.finish();
  if (!found) return cli::kCheckFailed;
  const std::string file = found->file;
  const std::int64_t number = found->number;
  apply_log(found->config.log);
  auto started =
      Runtime::start(std::move(found->config), {options.version, options.load_classifier, options.load_encoder, file});
  if (!started) {
    context.fail(started.error());
    return cli::kFailed;
  }
  Runtime& runtime = **started;
  context.out.write(greeting(runtime));
  context.finish();
  ServiceNotice notice(context.environment, ::getpid());
  notice.ready();
  const base::SystemClock clock;
  std::optional<ConfigWatch> watch;
  if (!file.empty()) watch.emplace(file, number, clock);
  Signal signal = Signal::kNone;
  while (!ends(signal = wait_signal(kWatchEvery))) {
    if (signal == Signal::kReload || (watch && watch->changed())) {
      notice.reloading(std::chrono::steady_clock::now());
      reload(runtime, file, context);
      notice.ready();
    }
    tend(runtime);
    tell_watchdog(runtime, notice);
  }
  stop(runtime, notice, signal);
  return 0;
}

}  // namespace pointsman::app
