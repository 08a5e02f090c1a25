#include "cli/webhooks_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/suggest.h"
#include "cli/find_config.h"
#include "cli/table.h"
#include "cli/text_format.h"
#include "courier/post.h"
#include "json/writer.h"
#include "webhook/event.h"

namespace pointsman::cli {
namespace {

using base::ErrorCode;
using base::Result;

struct Options {
  std::string config;
  std::string name;
  bool json = false;
};

// What was answered, and how long it took.
struct Tried {
  std::string id;
  courier::PostAnswer answer;
  std::chrono::milliseconds took{0};
};

std::string_view addresses_of(const config::WebhookConfig& one) {
  return one.allow_private ? "any" : "public";
}

void list(const Options& options, Context& context) {
  const auto found = find_config(options.config, context);
  if (!found) return;
  if (options.json) {
    std::string out;
    json::Writer json(out);
    json.begin_array();
    for (const config::WebhookConfig& one : found->config.webhooks) {
      json.begin_object().member("name", one.name).member("url", one.url.to_string());
      json.member("addresses", addresses_of(one)).end_object();
    }
    json.end_array();
    return context.out.write(out + "\n");
  }
  if (found->config.webhooks.empty()) {
    return context.err.print("{} has no webhooks; see docs/webhooks.md\n", found->source());
  }
  Table table({{"webhook"}, {"url"}, {"addresses"}});
  for (const config::WebhookConfig& one : found->config.webhooks) {
    table.add({printable(one.name), printable(one.url.to_string()), std::string(addresses_of(one))});
  }
  table.print(context.out);
}

Result<const config::WebhookConfig*> find(const config::Config& config, const std::string& name) {
  const auto found = std::ranges::find(config.webhooks, name, &config::WebhookConfig::name);
  if (found != config.webhooks.end()) return &*found;
  std::vector<std::string> names;
  for (const config::WebhookConfig& one : config.webhooks) names.push_back(one.name);
  const auto near = base::nearest_names(name, names, 1);
  return base::fail(ErrorCode::kNotFound, fmt::format("there is no webhook {}{}", printable(name),
                                                      near.empty() ? "; `pointsman webhooks list` shows them"
                                                                   : "; did you mean " + near.front() + "?"));
}

// Posts on a loop of its own, which ends with it.
net::Awaitable<> post_on(net::Loop& loop, net::Resolver& resolver, const courier::Target& target, std::string id,
                         std::string body, base::WallTime now, Result<courier::PostAnswer>& out) {
  net::CancelToken cancel;
  out = co_await courier::post(loop, resolver, target, std::move(id), std::move(body), now, cancel);
  loop.stop();
}

Result<Tried> try_one(const config::WebhookConfig& one, base::WallTime now) {
  net::SslContext tls;
  if (one.url.tls) {
    PM_TRY(tls, net::make_client_tls("", true));
  }
  PM_TRY(const courier::Target target, courier::make_target(one, tls));
  const auto seed = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  const base::Uuid id = base::UuidGenerator(seed).next(now);
  const std::string body = webhook::document({webhook::EventType::kTest, now, {}}, id, "pointsman webhooks test");
  net::Loop loop;
  net::Resolver resolver;
  Result<courier::PostAnswer> answer = base::fail(ErrorCode::kInternal, "nothing was sent");
  const auto began = std::chrono::steady_clock::now();
  loop.spawn("webhook", post_on(loop, resolver, target, id.to_string(), body, now, answer));
  loop.run();
  if (!answer) return base::fail(std::move(answer).error());
  const auto took = std::chrono::steady_clock::now() - began;
  return Tried{id.to_string(), std::move(*answer), std::chrono::duration_cast<std::chrono::milliseconds>(took)};
}

std::string advice_for(int status) {
  if (status >= 300 && status < 400) return "redirects are not followed: set its url to where it points";
  if (status == 401 || status == 403) return "see that both sides have the same secret, and the same time";
  if (status == 404 || status == 405) return "see that its url is the receiver's, and takes POST";
  if (status == 410) return "the receiver wants no more events";
  if (status >= 500) return "the receiver failed; its own log should say why";
  return "the receiver does not want it; its own log should say why";
}

std::string advice_for(const base::Error& error) {
  switch (error.code()) {
    case ErrorCode::kForbidden:
      return "; set allow_private: true if it is meant to be on a private network";
    case ErrorCode::kTimeout:
      return "; it has 2 s to take the connection and 10 s to answer";
    case ErrorCode::kConnect:
      return "; see that this machine reaches it";
    default:
      return "";
  }
}

void test(const Options& options, Context& context) {
  const auto found = find_config(options.config, context);
  if (!found) return;
  const auto one = find(found->config, options.name);
  if (!one) return context.fail(one.error());
  const auto tried = try_one(**one, context.clock->wall());
  if (!tried)
    return context.fail(fmt::format("{}: {}{}", options.name, tried.error().message(), advice_for(tried.error())));
  const courier::PostAnswer& answer = tried->answer;
  context.out.print("{}: answered {} in {} ms; the event was {}\n", options.name, answer.status, tried->took.count(),
                    tried->id);
  if (answer.status >= 200 && answer.status < 300) return;
  if (!answer.body.empty()) context.err.print("  it said: {}\n", printable(answer.body, 200));
  context.fail(
      fmt::format("{} was not delivered: {}", webhook::to_string(webhook::EventType::kTest), advice_for(answer.status)),
      kCheckFailed);
}

}  // namespace

void add_webhooks_command(CLI::App& app, Context& context) {
  CLI::App* const command = app.add_subcommand("webhooks", "Show where events are sent, and try it");
  command->require_subcommand(1);
  const auto options = std::make_shared<Options>();
  const auto add = [&](const char* name, const char* what, const char* example, void (*run)(const Options&, Context&)) {
    CLI::App* const one = command->add_subcommand(name, what);
    one->add_option("--config", options->config, "The configuration file (default: the usual places)");
    one->footer(std::string("Example:\n  pointsman webhooks ") + example);
    one->callback([run, options, &context] { run(*options, context); });
    return one;
  };
  CLI::App* const shown = add("list", "Show the configured webhooks", "list", list);
  shown->add_flag("--json", options->json, "Print one JSON array");
  CLI::App* const tried =
      add("test", "Send a signed event of type webhook.test now, and print what is answered", "test billing", test);
  tried->add_option("name", options->name, "The webhook")->required();
}

}  // namespace pointsman::cli
