#include "learn/gate_categories.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "learn/holm.h"

namespace pointsman::learn {
namespace {

struct Part {
  std::string what;
  std::string name;
  double limit = 0;
  bool rows_demanded = false;
  PairedCounts counts;
  std::size_t right_before = 0;
  std::size_t right_after = 0;

  void add(const DecidedRow& one) {
    ++counts.rows;
    right_before += one.right_before() ? 1 : 0;
    right_after += one.right_after() ? 1 : 0;
    counts.mended += !one.right_before() && one.right_after() ? 1 : 0;
    counts.broken += one.right_before() && !one.right_after() ? 1 : 0;
  }
};

std::vector<Part> parts_of(std::span<const DecidedRow> rows, std::span<const std::string> categories,
                           const GateOptions& options) {
  std::map<std::string_view, Part> slices;
  std::vector<Part> out;
  for (const std::string& name : categories) {
    const auto own = options.own_limits.find(name);
    out.push_back({.what = "category " + name,
                   .name = name,
                   .limit = own == options.own_limits.end() ? options.category_limit : own->second,
                   .rows_demanded = true});
  }
  out.push_back({.what = "none of the categories", .name = "no category", .limit = options.category_limit});
  for (const DecidedRow& one : rows) {
    out[one.row.truth].add(one);
    if (one.row.slice.empty()) continue;
    Part& slice = slices[one.row.slice];
    slice.add(one);
  }
  if (out.back().counts.rows == 0) out.pop_back();
  std::ranges::sort(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(categories.size()), {}, &Part::name);
  for (auto& [name, slice] : slices) {
    slice.what = fmt::format("slice {}", name);
    slice.name = name;
    slice.limit = options.slice_limit;
    slice.rows_demanded = options.slices_need_rows;
    out.push_back(std::move(slice));
  }
  return out;
}

class Parts {
 public:
  Parts(std::vector<Part> parts, const GateOptions& options) : parts_(std::move(parts)), options_(options) {
    std::vector<double> p_values;
    for (const Part& part : parts_) p_values.push_back(part.counts.rows > 0 ? fell_p_value(part.counts) : 1);
    adjusted_ = holm_adjusted(p_values);
    each_ = options.alpha / static_cast<double>(std::max<std::size_t>(parts_.size(), 1));
  }

  std::vector<GateCheck> judge() const {
    std::vector<GateCheck> out;
    for (std::size_t i = 0; i < parts_.size(); ++i) out.push_back(judge(parts_[i], adjusted_[i]));
    return out;
  }

 private:
  GateCheck judge(const Part& part, double adjusted) const {
    const PairedCounts& counts = part.counts;
    GateCheck check{.set = "labelled", .what = part.what, .rows = counts.rows, .limit = part.limit};
    if (counts.rows > 0) {
      check.before = static_cast<double>(part.right_before) / static_cast<double>(counts.rows);
      check.after = static_cast<double>(part.right_after) / static_cast<double>(counts.rows);
    }
    const Interval interval = fall_interval(counts, each_);
    check.low = interval.low;
    check.high = interval.high;
    check.note = fmt::format("{} rows broken, {} mended; adjusted p {:.3g}", counts.broken, counts.mended, adjusted);
    if (adjusted <= options_.alpha && counts.fall() > part.limit) {
      check.verdict = CheckVerdict::kFailed;
      return check;
    }
    const std::size_t least = rows_to_notice(options_.largest_unseen_fall, each_);
    if (counts.rows < least) return ask(part, least, std::move(check));
    if (options_.prove_each) return prove(part, std::move(check));
    check.verdict = CheckVerdict::kPassed;
    return check;
  }

  GateCheck ask(const Part& part, std::size_t least, GateCheck check) const {
    check.note += fmt::format("; a fall of {:.3g} would not be noticed", options_.largest_unseen_fall);
    check.verdict = part.rows_demanded ? CheckVerdict::kTooLittleData : CheckVerdict::kNotTested;
    if (!part.rows_demanded) return check;
    check.missing = least - part.counts.rows;
    check.missing_of = part.name;
    return check;
  }

  GateCheck prove(const Part& part, GateCheck check) const {
    if (not_worse_p_value(part.counts, part.limit) <= options_.alpha) return check;
    const auto needed = rows_to_prove(part.counts, part.limit, options_.alpha);
    check.note += "; not proved to have fallen by less than the limit";
    check.verdict = needed ? CheckVerdict::kTooLittleData : CheckVerdict::kFailed;
    if (!needed) return check;
    check.missing = *needed > part.counts.rows ? *needed - part.counts.rows : part.counts.rows / 10 + 1;
    check.missing_of = part.name;
    return check;
  }

  std::vector<Part> parts_;
  const GateOptions& options_;
  std::vector<double> adjusted_;
  double each_ = 0;  // level of one of them, all being tested
};

}  // namespace

std::vector<GateCheck> judge_parts(std::span<const DecidedRow> rows, std::span<const std::string> categories,
                                   const GateOptions& options) {
  return Parts(parts_of(rows, categories, options), options).judge();
}

}  // namespace pointsman::learn
