// What a small model answered when it was measured, kept in a file so that measuring again asks nothing twice.
//
// JSON Lines, one answer each, appended as they come: whenever the program ends, what was answered is there. A last
// line that was cut is left out and written over. Blocking; one thread, one writer.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/money.h"
#include "base/result.h"
#include "classify/opinion.h"
#include "json/strict_reader.h"

namespace pointsman::cli {

struct KeptAnswer {
  classify::Opinion opinion;
  std::optional<base::Money> cost;
  std::chrono::microseconds took{0};
};

// A line without its end: {"key", "outcome", "source", "offered", "probabilities", "coverage", "none_offered",
// "cost_usd", "took_us"}.
std::string write_answer(std::string_view key, const KeptAnswer& answer);
// kParse or kInvalidArgument with "line:column: what is wrong".
base::Result<std::pair<std::string, KeptAnswer>> read_answer(std::string_view line);

class KeptAnswers {
 public:
  // Reads what is there; a file that is not there begins empty. kIo, or kParse naming the line.
  static base::Result<KeptAnswers> open(const std::string& path);
  KeptAnswers(KeptAnswers&& other) noexcept;
  KeptAnswers& operator=(KeptAnswers&&) = delete;
  ~KeptAnswers();

  const KeptAnswer* find(const std::string& key) const;
  // kIo if it could not be written; it is known all the same.
  base::Result<void> add(const std::string& key, KeptAnswer answer);
  std::size_t size() const { return answers_.size(); }

 private:
  KeptAnswers() = default;
  base::Result<void> read(std::string_view bytes);

  std::string path_;
  int file_ = -1;
  std::unordered_map<std::string, KeptAnswer> answers_;
};

}  // namespace pointsman::cli
