// Candidates before the promotion gate: trains a champion and candidates on simulated lessons and keeps what the gate
// and the audit said of each. From one thread; training uses as many as it is told.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "learn/gate_report.h"
#include "learning/simulated_lessons.h"

namespace pointsman::bench {

// What became of a candidate.
struct GateRun {
  learn::CheckVerdict verdict = learn::CheckVerdict::kPassed;
  bool by_gate = false;              // the checks on held-out rows stop it, whatever the audit says
  bool by_audit = false;             // the audit of its lessons does
  std::set<std::string> stopped_by;  // kinds of checks
  double before = 0;                 // accuracy on the golden set, of the champion
  double after = 0;
};

// What a classifier says of the judged rows, row by row.
struct Scored {
  std::vector<float> golden;
  std::vector<float> recent;
};

class GateRuns {
 public:
  GateRuns(LessonSetting setting, int threads) : setting_(std::move(setting)), threads_(threads) {}

  const LessonSetting& setting() const { return setting_; }
  // The champion that the next candidates would follow.
  base::Result<void> crown(std::uint64_t champion);
  base::Result<GateRun> judge(std::uint64_t run, Damage damage, double share) const;
  // The audit alone: no candidate is trained. Of `new_rows` new rows.
  base::Result<GateRun> audit(std::uint64_t run, Damage damage, double share, std::size_t new_rows) const;

 private:
  base::Result<Scored> train_and_score(const std::vector<learn::Lesson>& lessons, float& l2) const;
  base::Result<std::vector<learn::GateCheck>> audit_checks(const Lessons& lessons) const;

  LessonSetting setting_;
  int threads_;
  std::uint64_t champion_ = 0;
  learn::Dataset recent_;  // as its reviewers labelled it
  Scored before_;
  float l2_ = 0;  // the champion's: who trains again on nearly the same rows need not search again
};

}  // namespace pointsman::bench
