#include "cli/top_source.h"

#include <fmt/format.h>

#include <limits>

#include "ledger/filter.h"

namespace pointsman::cli {

using base::ErrorCode;
using base::Result;

MetricsSource::MetricsSource(config::Url base, net::SslContext tls, base::Duration window)
    : base_(std::move(base)),
      endpoint_{base_.address.host, base_.address.port, std::move(tls)},
      host_(base_.address.to_string()),
      window_(window) {}

Result<TopView> MetricsSource::read() {
  constexpr courier::PostLimits kLimits{
      .connect = std::chrono::seconds(2), .total = std::chrono::seconds(5), .body = std::size_t{16} << 20};
  const std::string path = base_.path + "/metrics";
  auto probed = probe({.endpoint = endpoint_, .host = host_, .path = path}, kLimits);
  if (!probed || probed->answer.status != 200) {
    readings_.clear();
    if (!probed) return base::fail(std::move(probed).error());
    return base::fail(ErrorCode::kUpstreamStatus, fmt::format("it answers {} for {}", probed->answer.status, path));
  }
  const base::MonoTime now = std::chrono::steady_clock::now();
  MetricsText text = MetricsText::parse(probed->answer.body);
  if (!text.has("pointsman_build_info")) {
    readings_.clear();
    return base::fail(ErrorCode::kParse, "what it answers are not the metrics of a Pointsman");
  }
  // The oldest is that which the window reaches.
  while (readings_.size() > 1 && now - readings_[1].at >= window_) readings_.pop_front();
  readings_.push_back({now, std::move(text)});
  const double seconds = std::chrono::duration<double>(now - readings_.front().at).count();
  return view_between(readings_.front().text, readings_.back().text, seconds);
}

Result<TopView> view_of_ledger(ledger::Reader& reader, base::WallTime now, std::chrono::seconds window) {
  ledger::Filter filter;
  filter.since = now - window;
  filter.limit = std::numeric_limits<std::size_t>::max();
  TopFold fold;
  PM_CHECK(reader.scan(filter, [&fold](const ledger::Entry& entry) {
    fold.add(entry);
    return true;
  }));
  return fold.view(std::chrono::duration<double>(window).count());
}

}  // namespace pointsman::cli
