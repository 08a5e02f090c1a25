#include "app/demo.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <thread>

#include "app/demo_lessons.h"
#include "app/demo_report.h"
#include "app/runtime.h"
#include "app/serve.h"
#include "app/signals.h"
#include "base/log.h"
#include "cli/blocking_client.h"
#include "config/defaults.h"
#include "config/describe.h"
#include "json/writer.h"
#include "learn/dataset.h"
#include "ledger_drivers/open.h"
#include "simulate/cluster.h"
#include "starter/starter.h"

namespace pointsman::app {
namespace {

using base::Result;
using Clock = std::chrono::steady_clock;

// The demo's providers, the gateway in front of them, and the ledger that it filled.
struct Stage {
  std::unique_ptr<simulate::Cluster> cluster;
  std::unique_ptr<Runtime> runtime;
  std::string ledger;
};

// The port if nobody has it, else 0: any. Somebody may take it meanwhile; then the start says so.
std::uint16_t free_or_any(std::uint16_t port) {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return 0;
  const int on = 1;
  ::setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);  // as our listeners do
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool is_free = ::bind(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(probe);
  return is_free ? port : 0;
}

Result<Stage> set_up(const DemoOptions& options) {
  Stage stage;
  PM_TRY(stage.cluster, simulate::Cluster::start(simulate::demo_options(0, 7)));
  const auto& providers = stage.cluster->providers();
  const config::DemoPorts ports{providers[0].port, providers[1].port, providers[2].port};
  const std::filesystem::path usual = config::default_ledger_path(config::process_environment());
  const std::filesystem::path folder = options.learn;
  stage.ledger =
      std::filesystem::absolute(options.learn.empty() ? usual.parent_path() / "demo-ledger" : folder / "ledger")
          .string();
  std::error_code ignored;
  if (!options.learn.empty()) std::filesystem::create_directories(folder, ignored);
  std::filesystem::remove_all(stage.ledger, ignored);
  config::Config settings = config::demo_config({ports.small, ports.tools, ports.large}, stage.ledger);
  for (config::ModelConfig& model : settings.models) {  // the prices the providers bill by
    for (const simulate::Cluster::Provider& provider : providers) {
      const simulate::ProviderOptions& simulated = provider.persona->options();
      if (simulated.name != model.name) continue;
      model.price = {simulated.input_price, simulated.cached_input_price, simulated.output_price};
    }
  }
  settings.listeners.front().address.port = options.keep ? free_or_any(8080) : 0;
  if (options.keep) {
    settings.admin.emplace();
    settings.admin->address.port = free_or_any(settings.admin->address.port);
  }
  if (!options.learn.empty()) {
    settings.ledger.store_prompts = config::StorePrompts::kFull;
    settings.learn.gate.margin = 0.04;  // what so few labels can prove
  }
  config::set_version(settings);
  PM_TRY(stage.runtime, Runtime::start(std::move(settings), {options.version, options.load_classifier}));
  return stage;
}

std::string chat_body(const std::string& text, bool stream) {
  std::string body;
  json::Writer json(body);
  json.begin_object().member("model", "auto").member("stream", stream);
  json.key("messages").begin_array().begin_object().member("role", "user").member("content", text);
  json.end_object().end_array().end_object();
  return body;
}

class Progress {
 public:
  explicit Progress(std::size_t total) : total_(total), tty_(::isatty(STDERR_FILENO) == 1) {}
  void step() {
    const std::size_t done = ++done_;
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    const bool last = done == total_;
    if (!last && now - shown_ < std::chrono::milliseconds(tty_ ? 100 : 5000)) return;
    shown_ = now;
    const double seconds = std::chrono::duration<double>(now - begin_).count();
    const double left = seconds / static_cast<double>(done) * static_cast<double>(total_ - done);
    std::string bar(30, '.');
    std::fill_n(bar.begin(), 30 * done / total_, '#');
    fmt::print(stderr, "{}[{}] {}/{} prompts, {:.0f} s left {}", tty_ ? "\r" : "", bar, done, total_, left,
               tty_ && !last ? "" : "\n");
    std::fflush(stderr);
  }

 private:
  std::size_t total_;
  bool tty_;
  std::atomic<std::size_t> done_{0};
  std::mutex mutex_;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point shown_{};
};

// Sends the whole workload over `connections` keep-alive connections; every third request streams. Gives the label of
// each decision.
std::map<std::string, std::string> send_all(const learn::Dataset& workload, std::uint16_t port, int connections) {
  std::map<std::string, std::string> label_of;
  std::mutex mutex;
  std::atomic<std::size_t> next{0};
  Progress progress(workload.examples.size());
  const auto run = [&] {
    cli::BlockingClient client("127.0.0.1", port);
    for (std::size_t i = next++; i < workload.examples.size(); i = next++) {
      const learn::Example& example = workload.examples[i];
      const auto answer = client.request("POST", "/v1/chat/completions", chat_body(example.text, i % 3 == 0));
      const std::string id = answer ? answer->header("x-pointsman-decision-id") : std::string();
      {
        const std::lock_guard lock(mutex);
        label_of.emplace(id.empty() ? fmt::format("failed-{}", i) : id, example.category);
      }
      progress.step();
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < connections; ++i) threads.emplace_back(run);
  for (std::thread& thread : threads) thread.join();
  return label_of;
}

Result<std::vector<DemoRow>> read_rows(Stage& stage, std::map<std::string, std::string> label_of) {
  PM_CHECK(stage.runtime->flush_ledger());
  PM_TRY(auto reader, ledger_drivers::backend_at(stage.ledger)->reader());
  std::vector<DemoRow> rows;
  ledger::Filter filter;
  filter.limit = label_of.size() + 1;
  PM_CHECK(reader->scan(filter, [&](const ledger::Entry& entry) {
    auto node = label_of.extract(entry.id.to_string());
    if (!node.empty()) rows.push_back({node.mapped(), entry});
    return true;
  }));
  for (const auto& [id, label] : label_of) rows.push_back({label, {}});  // asked for, and no entry: failed
  return rows;
}

Result<DemoReport> run(Stage& stage, const DemoOptions& options) {
  PM_TRY(learn::Dataset workload, learn::read_jsonl(starter::workload(), "workload.jsonl"));
  if (options.requests > 0 && static_cast<std::size_t>(options.requests) < workload.examples.size()) {
    workload.examples.resize(static_cast<std::size_t>(options.requests));
  }
  const auto begin = Clock::now();
  auto labels = send_all(workload, stage.runtime->ports().front(), options.connections);
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  if (!options.learn.empty()) {
    PM_CHECK(write_lessons(options.learn, stage.runtime->snapshot().config, labels));
  }
  PM_TRY(const std::vector<DemoRow> rows, read_rows(stage, std::move(labels)));
  std::map<std::string, std::string> model_of_category;
  std::map<std::string, int> strength_of_model;
  const gateway::Snapshot& snapshot = stage.runtime->snapshot();
  for (const config::PolicyCategory& category : snapshot.policy.categories) {
    model_of_category[category.name] = category.models.front();
  }
  for (const route::MarketModel& entry : snapshot.market.models()) {
    // In the demo the dearer model is the stronger one.
    strength_of_model[entry.model.name] = static_cast<int>(entry.model.prices.output->picos / 1000);
  }
  return make_report(rows, model_of_category, strength_of_model, seconds);
}

}  // namespace

int demo(const DemoOptions& options) {
  take_signals();
  base::set_log(base::LogLevel::kWarn, false);
  auto stage = set_up(options);
  if (!stage) {
    fmt::print(stderr, "pointsman demo: {}\n", stage.error().message());
    return 1;
  }
  const auto report = run(*stage, options);
  if (!report) {
    fmt::print(stderr, "pointsman demo: {}\n", report.error().message());
    return 1;
  }
  const bool colour = ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
  if (!options.json) fmt::print("{}", to_screen(*report, colour));
  if (options.keep) {
    fmt::print("\n{}", greeting(*stage->runtime));
    std::fflush(stdout);
    while (!ends(wait_signal(std::chrono::milliseconds(200)))) {
      const auto followed = stage->runtime->follow_registry();
      if (!followed) fmt::print(stderr, "pointsman demo: {}\n", followed.error().message());
      if (followed && *followed) {
        fmt::print("classifier {:.12} serves now\n", stage->runtime->snapshot().classifier_version);
        std::fflush(stdout);
      }
      stage->runtime->learn();
    }
  } else if (!options.json) {
    fmt::print("\nTry next:\n  build/release/pointsman explain {} --ledger {}\n  ./dev demo --keep\n",
               report->example_id, stage->ledger);
  }
  if (options.json) fmt::print("{}\n", to_json(*report));
  return report->failed == 0 ? 0 : 1;
}

}  // namespace pointsman::app
