#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>

#include "classify/artefact.h"
#include "classify/certificate.h"
#include "json/document.h"

namespace pointsman::classify {
namespace {

using base::ErrorCode;
using base::Result;

constexpr std::string_view kAlone = "pointsman-certificate-1";
constexpr std::string_view kWithEncoder = "pointsman-certificate-2";
constexpr std::size_t kMaxText = 4096;
constexpr std::size_t kMaxCosts = std::size_t{1} << 20;
constexpr std::int64_t kMaxRows = 1'000'000'000;

// Reads by descent; the first thing that is wrong is kept with its place, and everything after it reads as nothing.
class CertificateReader {
 public:
  explicit CertificateReader(std::string_view text) : text_(text), document_(kMaxCertificate) {}

  Result<Certificate> read() {
    PM_CHECK(document_.validate(text_));  // so that from here on only the meaning can be wrong
    PM_CHECK(document_.open(text_));
    cursor_ = document_.root();
    top();
    if (error_) return base::fail(*error_);
    agree();
    if (error_) return base::fail(*error_);
    return std::move(out_);
  }

 private:
  void wrong(std::size_t offset, std::string_view what) {
    if (error_) return;
    const std::string_view before = text_.substr(0, offset);
    const auto line = std::ranges::count(before, '\n') + 1;
    const std::size_t start = before.rfind('\n') + 1;  // npos + 1 is 0
    const std::string place = fmt::format("{}:{}", line, offset - start + 1);
    error_ = base::Error(ErrorCode::kInvalidArgument, fmt::format("{}: {}", place, what)).at(place);
    cursor_.abandon();
  }

  // Calls the reader of every member; all of `names` must be there once, but for those in `optional`.
  template <class Members>
  void object(const Members& members, std::string_view what) {
    const std::size_t begin = cursor_.offset();
    if (cursor_.peek() != '{') return wrong(begin, fmt::format("expected {}", what));
    std::uint32_t seen = 0;
    for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
      const auto at = std::ranges::find_if(members, [&](const auto& one) { return cursor_.key_is(one.name); });
      if (at == members.end()) return wrong(cursor_.offset(), "the member before this is not one of a certificate");
      const std::uint32_t bit = 1U << (at - members.begin());
      if ((seen & bit) != 0) return wrong(cursor_.offset(), fmt::format("\"{}\" is there twice", at->name));
      seen |= bit;
      (this->*at->read)();
    }
    if (error_) return;
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (members[i].required && (seen & (1U << i)) == 0) {
        return wrong(begin, fmt::format("\"{}\" is missing", members[i].name));
      }
    }
  }

  struct Member {
    std::string_view name;
    void (CertificateReader::*read)();
    bool required = true;
  };

  void top() {
    static constexpr std::array<Member, 10> kMembers = {{{"format", &CertificateReader::format},
                                                         {"classifier", &CertificateReader::classifier},
                                                         {"encoder", &CertificateReader::encoder, false},
                                                         {"risk", &CertificateReader::risk},
                                                         {"certified", &CertificateReader::certified},
                                                         {"categories", &CertificateReader::categories},
                                                         {"costs", &CertificateReader::costs, false},
                                                         {"evidence", &CertificateReader::evidence},
                                                         {"traffic", &CertificateReader::traffic, false},
                                                         {"next", &CertificateReader::next, false}}};
    object(kMembers, "a certificate: an object");
  }

  std::string text(std::size_t longest) {
    const std::size_t at = cursor_.offset();
    json::RawString raw;
    if (!cursor_.read_string(raw)) return wrong(at, "expected a string"), "";
    std::string out;
    json::unescape(raw.raw, out);
    if (out.size() > longest) wrong(at, fmt::format("has more than {} bytes", longest));
    return out;
  }

  double number(double low, double high) {
    const std::size_t at = cursor_.offset();
    cursor_.skip();
    if (error_) return 0;
    const std::string_view digits = text_.substr(at, cursor_.last_end() - at);
    double value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const bool whole = error == std::errc() && end == digits.data() + digits.size();
    if (whole && value >= low && value <= high) return value;
    wrong(at, fmt::format("expected a number from {} to {}", low, high));
    return 0;
  }

  std::size_t count() {
    const std::size_t at = cursor_.offset();
    std::int64_t value = 0;
    if (cursor_.read_integer(value) && value >= 0 && value <= kMaxRows) return static_cast<std::size_t>(value);
    wrong(at, fmt::format("expected a whole number from 0 to {}", kMaxRows));
    return 0;
  }

  std::string hash() {
    const std::size_t at = cursor_.offset();
    std::string out = text(64);
    const bool digits =
        std::ranges::all_of(out, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
    if (out.size() != 64 || !digits) wrong(at, "expected 64 hexadecimal digits");
    return out;
  }

  void format() {
    format_at_ = cursor_.offset();
    const std::string name = text(64);
    with_encoder_ = name == kWithEncoder;
    if (with_encoder_ || name == kAlone) return;
    wrong(format_at_, fmt::format("expected \"{}\" or \"{}\": written by another version?", kAlone, kWithEncoder));
  }
  void classifier() { out_.classifier = hash(); }
  void encoder() { out_.encoder = hash(); }
  void certified() {
    const std::size_t at = cursor_.offset();
    if (!cursor_.read_bool(out_.certified)) wrong(at, "expected true or false");
  }
  void next() { out_.next = text(kMaxText); }

  void risk() {
    static constexpr std::array<Member, 3> kMembers = {{{"kind", &CertificateReader::kind},
                                                        {"at_most", &CertificateReader::at_most},
                                                        {"confidence", &CertificateReader::confidence}}};
    risk_at_ = cursor_.offset();
    object(kMembers, "the risk: an object");
  }
  void kind() {
    const std::size_t at = cursor_.offset();
    const std::string name = text(64);
    for (const RiskKind one : {RiskKind::kUnderRouting, RiskKind::kAnyMistake, RiskKind::kCost}) {
      if (name == to_string(one)) {
        out_.kind = one;
        return;
      }
    }
    wrong(at, "expected under_routing, any_mistake or cost");
  }
  void at_most() { out_.at_most = number(1e-9, 1); }
  void confidence() { out_.confidence = number(1e-9, 1 - 1e-9); }

  void categories() {
    categories_at_ = cursor_.offset();
    if (cursor_.peek() != '[') return wrong(categories_at_, "expected a list of categories");
    static constexpr std::array<Member, 2> kMembers = {
        {{"name", &CertificateReader::name}, {"threshold", &CertificateReader::threshold}}};
    for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
      const std::size_t at = cursor_.offset();
      if (out_.categories.size() == kMaxCategories) return wrong(at, "too many categories");
      out_.categories.emplace_back();
      object(kMembers, "a category: an object");
    }
  }
  void name() {
    const std::size_t at = cursor_.offset();
    out_.categories.back().name = text(kMaxCategoryName);
    if (out_.categories.back().name.empty()) wrong(at, "a category without a name");
    if (!names_.insert(out_.categories.back().name).second) wrong(at, "a category of this name is there already");
  }
  void threshold() {
    if (cursor_.skip_if_null()) return;
    out_.categories.back().threshold = static_cast<float>(number(0, 1));
  }

  void costs() {
    costs_at_ = cursor_.offset();
    if (cursor_.peek() != '[') return wrong(costs_at_, "expected a list of rows of costs");
    for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
      if (cursor_.peek() != '[') return wrong(cursor_.offset(), "expected a row of costs");
      const std::size_t begin = out_.costs.size();
      for (bool inner = cursor_.enter_array(); inner; inner = cursor_.next_element()) {
        if (out_.costs.size() == kMaxCosts) return wrong(cursor_.offset(), "too many costs");
        out_.costs.push_back(static_cast<float>(number(0, 1)));
      }
      if (cost_row_ == 0) cost_row_ = out_.costs.size();
      if (out_.costs.size() - begin != cost_row_) return wrong(cursor_.offset(), "the rows of costs differ in length");
    }
  }

  void evidence() {
    static constexpr std::array<Member, 6> kMembers = {{{"rows", &CertificateReader::rows},
                                                        {"kept", &CertificateReader::kept},
                                                        {"lost", &CertificateReader::lost},
                                                        {"bound", &CertificateReader::bound},
                                                        {"method", &CertificateReader::method},
                                                        {"data", &CertificateReader::data}}};
    evidence_at_ = cursor_.offset();
    object(kMembers, "the evidence: an object");
  }
  void rows() { out_.evidence.rows = count(); }
  void kept() { out_.evidence.kept = count(); }
  void lost() { out_.evidence.lost = number(0, static_cast<double>(kMaxRows)); }
  void bound() { out_.evidence.bound = number(0, 1); }
  void method() { out_.evidence.method = text(64); }
  void data() { out_.evidence.data = hash(); }

  void traffic() {
    static constexpr std::array<Member, 2> kMembers = {
        {{"rows", &CertificateReader::traffic_rows}, {"doubt", &CertificateReader::doubt}}};
    object(kMembers, "what requests looked like: an object");
  }
  void traffic_rows() { out_.traffic.rows = count(); }
  void doubt() {
    static constexpr std::array<Member, 2> kMembers = {
        {{"below", &CertificateReader::below}, {"at_most", &CertificateReader::share_below}}};
    if (cursor_.peek() != '[') return wrong(cursor_.offset(), "expected a list of levels of doubt");
    std::vector<DoubtLevel>& levels = out_.traffic.levels;
    for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
      const std::size_t at = cursor_.offset();
      if (levels.size() == ShiftDetector::kMaxLevels) return wrong(at, "too many levels of doubt");
      levels.emplace_back();
      object(kMembers, "a level of doubt: an object");
      const bool rises = levels.size() == 1 || levels.back().below > levels[levels.size() - 2].below;
      if (!rises) wrong(at, "the levels of doubt must rise");
    }
  }
  void below() { out_.traffic.levels.back().below = static_cast<float>(number(0, 1)); }
  void share_below() { out_.traffic.levels.back().at_most = number(0, 1); }

  // What single members cannot tell.
  void agree() {
    const RiskEvidence& evidence = out_.evidence;
    const std::size_t count = out_.categories.size();
    const bool keeps = std::ranges::any_of(out_.categories, [](const auto& one) { return one.threshold <= 1; });
    if (with_encoder_ == out_.encoder.empty()) {
      wrong(format_at_, fmt::format("\"encoder\" belongs to \"{}\", and to no other", kWithEncoder));
    }
    if (count == 0) wrong(categories_at_, "there are no categories");
    if (out_.certified && !keeps) wrong(categories_at_, "certified, but no category has a threshold");
    if (!out_.certified && keeps) wrong(categories_at_, "nothing is certified, so every threshold must be null");
    if (evidence.kept > evidence.rows) wrong(evidence_at_, "more rows are kept than there are");
    if (evidence.lost > static_cast<double>(evidence.kept)) wrong(evidence_at_, "more is lost than is kept");
    if (out_.certified && evidence.bound > out_.at_most * (1 + 1e-9)) {
      wrong(evidence_at_, "the bound is above the promised risk");
    }
    const bool wants_costs = out_.kind == RiskKind::kCost;
    if (wants_costs != !out_.costs.empty())
      wrong(risk_at_, "costs belong to a risk of the kind \"cost\", and to no other");
    if (wants_costs && (cost_row_ != count || out_.costs.size() != (count + 1) * count)) {
      wrong(costs_at_, "expected a row of costs for every category and one for texts of none");
    }
    if (!out_.certified && out_.next.empty())
      wrong(risk_at_, "\"next\" is missing: what to do when nothing is certified");
  }

  std::string_view text_;
  json::Document document_;
  json::Cursor cursor_;
  Certificate out_;
  std::optional<base::Error> error_;
  std::set<std::string, std::less<>> names_;
  bool with_encoder_ = false;
  std::size_t format_at_ = 0;
  std::size_t risk_at_ = 0;
  std::size_t categories_at_ = 0;
  std::size_t evidence_at_ = 0;
  std::size_t costs_at_ = 0;
  std::size_t cost_row_ = 0;
};

}  // namespace

Result<Certificate> read_certificate(std::string_view json) {
  if (json.size() > kMaxCertificate) {
    return base::fail(ErrorCode::kTooLarge, fmt::format("has {} bytes, more than {}", json.size(), kMaxCertificate));
  }
  return CertificateReader(json).read();
}

}  // namespace pointsman::classify
