#include <fmt/format.h>

#include <charconv>

#include "json/strict_reader.h"
#include "json/writer.h"
#include "watch/canary_trial.h"

namespace pointsman::watch {
namespace {

using base::Result;

constexpr std::string_view kFormat = "pointsman-canary-1";
constexpr std::size_t kMaxState = std::size_t{64} << 10;
constexpr std::size_t kMaxCount = 1'000'000'000'000;
constexpr double kMaxLog = 1e15;  // of a capital, either way

void write_options(json::Writer& w, const CanaryOptions& options) {
  w.key("options").begin_object();
  w.member("share", options.share);
  w.member("trouble_alpha", options.trouble_alpha).member("money_alpha", options.money_alpha);
  w.member("trouble_margin", options.trouble_margin).member("money_margin", options.money_margin);
  w.member("enough_alpha", options.enough_alpha).member("trouble_acceptable", options.trouble_acceptable);
  w.member("money_acceptable", options.money_acceptable);
  w.member("enough_conversations", options.enough_conversations).member("most_money", options.most_money);
  w.end_object();
}

void write_arm(json::Writer& w, std::string_view name, const ArmCounts& counts) {
  w.key(name).begin_object().member("conversations", counts.conversations).member("bad", counts.bad);
  w.member("priced", counts.priced).member("money", counts.money).end_object();
}

void write_capital(json::Writer& w, std::string_view name, const MoneyEvidence::Capital& capital) {
  w.key(name).begin_array();
  for (const double one : capital) w.value(one);
  w.end_array();
}

}  // namespace

std::string CanaryTrial::write() const {
  std::string out;
  json::Writer w(out);
  w.begin_object().member("format", kFormat);
  write_options(w, options_);
  write_arm(w, "champion", counts(Arm::kChampion));
  write_arm(w, "canary", counts(Arm::kCanary));
  write_capital(w, "dearer", dearer_.capital());
  write_capital(w, "no_dearer", no_dearer_.capital());
  w.key("reached").begin_object().member("worse_trouble", worse_trouble_).member("worse_money", worse_money_);
  w.member("fine_trouble", fine_trouble_).member("fine_money", fine_money_).end_object();
  w.member("decision", to_string(decision_)).member("ground", to_string(ground_));
  // Oldest first, so that the ring can be filled again in this order.
  w.key("bad").begin_array();
  const std::uint64_t first = bad_seen_ > kRemembered ? bad_seen_ - kRemembered : 0;
  for (std::uint64_t i = first; i < bad_seen_; ++i) w.value(fmt::format("{:016x}", bad_[i % kRemembered]));
  w.end_array().end_object();
  return out;
}

// Reads what write() wrote; the first thing that is wrong is told with its place.
class CanaryReader {
 public:
  explicit CanaryReader(std::string_view text) : in_(text, kMaxState) {}

  Result<CanaryTrial> read() {
    PM_CHECK(in_.open());
    in_.object("the state of a canary: an object", {{"format", [&] { format(); }},
                                                    {"options", [&] { options(); }},
                                                    {"champion", [&] { arm(arms_[0]); }},
                                                    {"canary", [&] { arm(arms_[1]); }},
                                                    {"dearer", [&] { capital(dearer_); }},
                                                    {"no_dearer", [&] { capital(no_dearer_); }},
                                                    {"reached", [&] { reached(); }},
                                                    {"decision", [&] { decision(); }},
                                                    {"ground", [&] { ground(); }},
                                                    {"bad", [&] { bad(); }}});
    if (!in_.failed()) agree();
    PM_CHECK(in_.result());
    return make();
  }

 private:
  void format() {
    const std::size_t at = in_.offset();
    if (in_.text(64) != kFormat) in_.wrong(at, fmt::format("expected \"{}\": written by another version?", kFormat));
  }

  void options() {
    const auto number = [this](double& into) { return [this, &into] { into = in_.number(0, 1e12); }; };
    CanaryOptions& o = options_;
    const std::size_t at = in_.offset();
    in_.object("options: an object", {{"share", number(o.share)},
                                      {"trouble_alpha", number(o.trouble_alpha)},
                                      {"money_alpha", number(o.money_alpha)},
                                      {"trouble_margin", number(o.trouble_margin)},
                                      {"money_margin", number(o.money_margin)},
                                      {"enough_alpha", number(o.enough_alpha)},
                                      {"trouble_acceptable", number(o.trouble_acceptable)},
                                      {"money_acceptable", number(o.money_acceptable)},
                                      {"enough_conversations", [&] { o.enough_conversations = in_.count(kMaxCount); }},
                                      {"most_money", number(o.most_money)}});
    if (in_.failed()) return;
    if (const auto trial = CanaryTrial::begin(o); !trial) in_.wrong(at, trial.error().message());
  }

  void arm(ArmCounts& into) {
    const std::size_t at = in_.offset();
    in_.object("one side's counts: an object", {{"conversations", [&] { into.conversations = in_.count(kMaxCount); }},
                                                {"bad", [&] { into.bad = in_.count(kMaxCount); }},
                                                {"priced", [&] { into.priced = in_.count(kMaxCount); }},
                                                {"money", [&] { into.money = in_.number(0, 1e24); }}});
    if (into.priced > into.conversations) in_.wrong(at, "more conversations have a cost than are over");
  }

  void capital(MoneyEvidence::Capital& into) {
    const std::size_t at = in_.offset();
    std::size_t count = 0;
    in_.list("a list of logarithms", into.size(), [&] { into[count++] = in_.number(-kMaxLog, kMaxLog); });
    if (count != into.size()) in_.wrong(at, fmt::format("expected {} logarithms", into.size()));
  }

  void reached() {
    in_.object("what was reached: an object", {{"worse_trouble", [&] { worse_trouble_ = in_.flag(); }},
                                               {"worse_money", [&] { worse_money_ = in_.flag(); }},
                                               {"fine_trouble", [&] { fine_trouble_ = in_.flag(); }},
                                               {"fine_money", [&] { fine_money_ = in_.flag(); }}});
  }

  void decision() {
    const std::size_t at = decision_at_ = in_.offset();
    const std::string name = in_.text(64);
    for (const auto one : {CanaryDecision::kContinue, CanaryDecision::kStop, CanaryDecision::kEnough}) {
      decision_ = one;
      if (name == to_string(one)) return;
    }
    in_.wrong(at, "expected continue, stop or enough");
  }

  void ground() {
    const std::size_t at = in_.offset();
    const std::string name = in_.text(64);
    for (const auto one : {CanaryGround::kNone, CanaryGround::kTrouble, CanaryGround::kMoney,
                           CanaryGround::kProvedNotWorse, CanaryGround::kSeenEnough}) {
      ground_ = one;
      if (name == to_string(one)) return;
    }
    in_.wrong(at, "expected none, trouble, money, proved_not_worse or seen_enough");
  }

  void bad() {
    bad_at_ = in_.offset();
    in_.list("a list of conversations", CanaryTrial::kRemembered, [&] {
      const std::size_t at = in_.offset();
      const std::string digits = in_.text(16);
      std::uint64_t& into = bad_[bad_seen_++];
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), into, 16);
      const bool whole = error == std::errc() && digits.size() == 16 && end == digits.data() + 16;
      if (!whole) in_.wrong(at, "expected 16 hexadecimal digits");
    });
  }

  // What single members cannot tell.
  void agree() {
    const bool stop = worse_trouble_ || worse_money_;
    const bool stopped = ground_ == CanaryGround::kTrouble || ground_ == CanaryGround::kMoney;
    const bool enough = ground_ == CanaryGround::kProvedNotWorse || ground_ == CanaryGround::kSeenEnough;
    if ((decision_ == CanaryDecision::kStop) != stopped || (decision_ == CanaryDecision::kEnough) != enough ||
        stop != stopped) {
      in_.wrong(decision_at_, "the decision, its ground and what was reached do not agree");
    }
    const std::uint64_t total = arms_[0].bad + arms_[1].bad;
    if (bad_seen_ != std::min<std::uint64_t>(total, CanaryTrial::kRemembered)) {
      in_.wrong(bad_at_, "as many conversations must be remembered as went bad, the latest ones");
    }
  }

  CanaryTrial make() const {
    CanaryTrial out(options_);
    out.arms_ = arms_;
    out.dearer_ = MoneyEvidence(out.dearer_.claim(), dearer_);
    out.no_dearer_ = MoneyEvidence(out.no_dearer_.claim(), no_dearer_);
    out.worse_trouble_ = worse_trouble_;
    out.worse_money_ = worse_money_;
    out.fine_trouble_ = fine_trouble_;
    out.fine_money_ = fine_money_;
    out.decision_ = decision_;
    out.ground_ = ground_;
    out.bad_ = bad_;
    out.bad_seen_ = bad_seen_;
    return out;
  }

  json::StrictReader in_;
  CanaryOptions options_;
  std::array<ArmCounts, 2> arms_{};
  MoneyEvidence::Capital dearer_{};
  MoneyEvidence::Capital no_dearer_{};
  bool worse_trouble_ = false;
  bool worse_money_ = false;
  bool fine_trouble_ = false;
  bool fine_money_ = false;
  CanaryDecision decision_ = CanaryDecision::kContinue;
  CanaryGround ground_ = CanaryGround::kNone;
  std::array<std::uint64_t, CanaryTrial::kRemembered> bad_{};
  std::uint64_t bad_seen_ = 0;
  std::size_t decision_at_ = 0;
  std::size_t bad_at_ = 0;
};

Result<CanaryTrial> CanaryTrial::read(std::string_view json) {
  return CanaryReader(json).read();
}

}  // namespace pointsman::watch
