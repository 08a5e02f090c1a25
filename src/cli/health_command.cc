#include "cli/health_command.h"

#include <CLI/CLI.hpp>
#include <optional>

#include "cli/find_config.h"
#include "cli/http_probe.h"
#include "cli/own_url.h"
#include "net/tls.h"

namespace pointsman::cli {
namespace {

struct Options {
  std::string config;
  std::string url;
  int timeout_ms = 2'000;
  bool live = false;
};

struct Target {
  config::Url url;
  bool verify = true;
};

// Nothing after a failure, which has been told.
std::optional<Target> target_of(const Options& options, Context& context) {
  if (options.url.empty()) {
    const auto found = find_config(options.config, context, config::Pairings::kIgnored);
    if (!found) return std::nullopt;
    return Target{own_url(found->config), false};  // our own, on this machine, whatever name its certificate has
  }
  auto parsed = config::Url::parse(options.url);
  if (parsed) return Target{std::move(*parsed), true};
  context.fail("--url " + parsed.error(), kUsage);
  return std::nullopt;
}

base::Result<Probed> ask(const Target& target, const std::string& path, std::chrono::milliseconds timeout) {
  net::Endpoint endpoint{target.url.address.host, target.url.address.port, nullptr};
  if (target.url.tls) {
    PM_TRY(endpoint.tls, net::make_client_tls("", target.verify));
  }
  const std::string host = target.url.address.to_string();
  return probe({.endpoint = endpoint, .host = host, .path = path}, {.connect = timeout, .total = timeout});
}

void run_health(const Options& options, Context& context) {
  const auto target = target_of(options, context);
  if (!target) return;
  const std::string path = target->url.path + (options.live ? "/livez" : "/readyz");
  const auto probed = ask(*target, path, std::chrono::milliseconds(options.timeout_ms));
  const std::string where = target->url.address.to_string() + path;
  if (!probed) return context.fail(where + ": " + probed.error().message(), kCheckFailed);
  if (probed->answer.status != 200) {
    return context.fail(fmt::format("{} answers {}", where, probed->answer.status), kCheckFailed);
  }
  context.out.print("{} answers 200 after {} ms\n", where, probed->took.count());
}

}  // namespace

void add_health_command(CLI::App& app, Context& context) {
  CLI::App* const command = app.add_subcommand("health", "Ask the gateway of this machine whether it takes requests");
  const auto options = std::make_shared<Options>();
  command->add_option("--config", options->config, "The gateway's configuration (default: the usual places)")
      ->type_name("FILE");
  command->add_option("--url", options->url, "Where it answers, such as http://127.0.0.1:8080")->type_name("URL");
  command->add_option("--timeout-ms", options->timeout_ms, "Longest wait")
      ->check(CLI::Range(1, 60'000))
      ->capture_default_str();
  command->add_flag("--live", options->live, "Only whether the process answers (/livez), not whether it is ready");
  command->footer(
      "Asks /readyz of the admin listener, or of the first listener where there is none. The exit code is 0 if it\n"
      "answers 200, else 3: what a container's health check needs, without another program in the image.\n\n"
      "Examples:\n  pointsman health\n  pointsman health --url http://127.0.0.1:8080 --live");
  command->callback([options, &context] { run_health(*options, context); });
}

}  // namespace pointsman::cli
