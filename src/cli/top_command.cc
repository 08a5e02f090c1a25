#include "cli/top_command.h"

#include <poll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <thread>

#include "cli/find_config.h"
#include "cli/ledger_at.h"
#include "cli/own_url.h"
#include "cli/terminal.h"
#include "cli/text_format.h"
#include "cli/top_screen.h"
#include "cli/top_source.h"
#include "net/tls.h"

namespace pointsman::cli {
namespace {

using base::Result;

constexpr std::chrono::seconds kEvery{1};
constexpr std::chrono::seconds kWindow{10};
constexpr std::chrono::seconds kLedgerWindow{60};
constexpr const char* kHome = "\x1b[H";
constexpr const char* kClearLine = "\x1b[K";
constexpr const char* kClearRest = "\x1b[J";
constexpr const char* kClear = "\x1b[H\x1b[2J";

struct Options {
  std::string config;
  std::string url;
  std::string ledger;
  bool once = false;
};

// Where the figures come from. Exactly one of both is there.
struct Source {
  std::optional<MetricsSource> metrics;
  std::unique_ptr<ledger::Reader> ledger;
  std::string name;

  Result<TopView> read(base::WallTime now) {
    return metrics ? metrics->read() : view_of_ledger(*ledger, now, kLedgerWindow);
  }
};

Result<MetricsSource> metrics_at(const config::Url& url, bool verify) {
  net::SslContext tls;
  if (url.tls) {
    PM_TRY(tls, net::make_client_tls("", verify));
  }
  return MetricsSource(url, std::move(tls), kWindow);
}

bool open_ledger_source(const LedgerChoice& choice, Context& context, Source& out) {
  out.ledger = open_ledger(choice, context);
  out.name = "the ledger";
  return out.ledger != nullptr;
}

// False after a failure, which has been told.
bool open_source(const Options& options, Context& context, Source& out) {
  if (!options.ledger.empty()) return open_ledger_source({options.ledger, options.config}, context, out);
  std::optional<config::Url> url;
  bool verify = true;
  if (!options.url.empty()) {
    auto parsed = config::Url::parse(options.url);
    if (!parsed) {
      context.fail("--url " + parsed.error(), kUsage);
      return false;
    }
    url = std::move(*parsed);
  } else {
    const auto found = find_config(options.config, context, config::Pairings::kIgnored);
    if (!found) return false;
    url = own_url(found->config);
    verify = false;  // our own, on this machine, whatever name its certificate has
  }
  auto source = metrics_at(*url, verify);
  if (!source) {
    context.fail(source.error());
    return false;
  }
  out.name = url->to_string();
  const auto answered = source->read();
  if (answered) {
    out.metrics = std::move(*source);
    return true;
  }
  if (!options.url.empty()) {
    context.fail(out.name + ": " + answered.error().message());
    return false;
  }
  context.err.print("pointsman: no gateway answers at {} ({}); this is what its ledger has\n", out.name,
                    answered.error().message());
  return open_ledger_source({"", options.config}, context, out);
}

void print_plain(const TopView& view, const TopFrame& frame, Output& out) {
  for (const std::string& line : top_screen(view, frame)) out.print("{}\n", line);
}

TopFrame frame_of(const Source& source, const Context& context, std::string note) {
  return {.source = source.name, .note = std::move(note), .now = context.clock->wall()};
}

// One picture, for scripts and pipes: as long as it needs to be.
void run_once(Source& source, Context& context) {
  if (source.metrics) std::this_thread::sleep_for(kEvery);
  const auto view = source.read(context.clock->wall());
  if (!view) return context.fail(source.name + ": " + view.error().message());
  TopFrame frame = frame_of(source, context, "");
  frame.columns = 100;
  frame.rows = 1'000;
  print_plain(*view, frame, context.out);
}

void draw(const std::vector<std::string>& lines, Output& out) {
  std::string text = kHome;
  for (const std::string& line : lines) text += line + kClearLine + "\n";
  out.write(text + kClearRest);
  out.flush();
}

// False: the person wants to end.
bool wait_for_key(const RawTerminal& terminal, int descriptor) {
  ::pollfd ready{.fd = descriptor, .events = POLLIN, .revents = 0};
  const int came = ::poll(&ready, 1, static_cast<int>(std::chrono::milliseconds(kEvery).count()));
  if (RawTerminal::signal() != 0) return false;
  if (came <= 0) return true;
  const std::string keys = terminal.read();
  return !keys.empty() && keys.find_first_of("qQ\x1b\x03") == std::string::npos;
}

void run_live(Source& source, RawTerminal terminal, Context& context) {
  const int in = ::fileno(context.in);
  context.out.write(kClear);
  TopView last;
  do {
    const auto view = source.read(context.clock->wall());
    if (view) last = *view;
    TopFrame frame = frame_of(source, context, view ? "" : "no answer: " + view.error().message() + "; trying again");
    const TerminalSize size = terminal_size(::fileno(context.out.file()));
    frame.columns = size.columns;
    frame.rows = size.rows > 2 ? size.rows - 1 : size.rows;
    std::vector<std::string> lines = top_screen(last, frame);
    lines.resize(std::max(lines.size(), frame.rows - 1));
    lines.emplace_back("  q ends");
    draw(lines, context.out);
  } while (!context.out.failed() && wait_for_key(terminal, in));
  context.out.write(kClear);
}

void run_top(const Options& options, Context& context) {
  Source source;
  if (!open_source(options, context, source)) return;
  const bool live = !options.once && context.out.is_tty();
  std::optional<RawTerminal> terminal = live ? RawTerminal::open(::fileno(context.in)) : std::nullopt;
  if (!terminal) return run_once(source, context);
  run_live(source, std::move(*terminal), context);
  context.finish();
  RawTerminal::end_by_signal();
}

}  // namespace

void add_top_command(CLI::App& app, Context& context) {
  CLI::App* const command = app.add_subcommand("top", "Watch a running gateway: traffic, shares, times, errors, money");
  const auto options = std::make_shared<Options>();
  command->add_option("--config", options->config, "The gateway's configuration (default: the usual places)")
      ->type_name("FILE");
  CLI::Option* const url =
      command->add_option("--url", options->url, "Where it serves /metrics, such as http://127.0.0.1:9090")
          ->type_name("URL");
  command->add_option("--ledger", options->ledger, "Take the last minute from this ledger instead")
      ->type_name("DIR")
      ->excludes(url);
  command->add_flag("--once", options->once, "Print one picture and end, as where the output is no terminal");
  command->footer(
      "Reads /metrics of the admin listener, or of the first listener where there is none, once a second; figures are\n"
      "those of the last ten seconds. Where no gateway answers, they are what its ledger has of the last minute.\n"
      "`saved` is against the stated baseline, with what the small model cost taken off. The key q ends it.\n\n"
      "Examples:\n  pointsman top\n  pointsman top --url http://127.0.0.1:9090 --once");
  command->callback([options, &context] { run_top(*options, context); });
}

}  // namespace pointsman::cli
