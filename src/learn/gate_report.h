// What a promotion gate found: one row per check, the verdict that follows, and both as a table for people and as JSON.
// Plain values, owned by the caller; the functions are pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pointsman::learn {

enum class CheckVerdict : std::uint8_t {
  kPassed,
  kFailed,
  kTooLittleData,  // neither proved nor refuted: as bad as failed, but labels would help
  kNotTested,      // too few rows to say anything, and none are demanded
};
std::string_view to_string(CheckVerdict verdict);  // "passed", "failed", "too little data", "not tested"

struct GateCheck {
  std::string set;   // "golden", "recent", "verdicts", "labelled" (golden and recent), "lessons"
  std::string what;  // "accuracy", "category billing", "slice acme", "calibration", "labels of key-7", ...
  std::size_t rows = 0;
  double before = 0;  // the figure for the champion, or what is usual
  double after = 0;   // for the candidate, or what was found
  double low = 0;     // interval of what `limit` limits
  double high = 0;
  double limit = 0;
  CheckVerdict verdict = CheckVerdict::kPassed;
  std::size_t missing = 0;           // labels; 0 unless the verdict is kTooLittleData
  std::string missing_of;            // the category or slice they should be of; empty: any, as they come
  std::string note;                  // what was tested and what to do, one sentence or two
  std::vector<std::string> look_at;  // ids of rows a person should read
};

struct GateReport {
  std::vector<GateCheck> checks;

  // kFailed if any check failed, else kTooLittleData if any lacks data, else kPassed.
  CheckVerdict verdict() const;
  bool promotes() const { return verdict() == CheckVerdict::kPassed; }
  std::string to_json() const;
};

// A table of fixed-width columns, then a line for every check that did not pass, then the verdict; UTF-8, ends with a
// newline. Control characters of names are replaced by '?'.
std::string gate_table(const GateReport& report);

}  // namespace pointsman::learn
