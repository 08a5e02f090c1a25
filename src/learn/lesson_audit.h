// What a candidate learnt from, looked at before it may serve: a few wrong labels, or a phrase that was stamped in,
// hardly move the accuracy on held-out rows, but they show in the rows themselves.
//
// A label contradicts when models that learnt neither from it nor from its source (lesson_model.h) are sure of another
// category. Checks, each a row of the gate's table: label errors, sources, direction, phrases, rows of categories. A
// finding names the source, phrase, category and rows that a person should look at. One who flips few labels, or who
// poisons with texts that do belong where they are put, is not seen here; the weight of any one source is limited where
// the training set is made.
// Pure and deterministic; the order of the rows does not matter, on any number of threads.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "learn/gate_report.h"
#include "learn/lesson_model.h"
#include "learn/loss_matrix.h"

namespace pointsman::learn {

// What the checks are:
//
// Label errors: recent labels contradict more often than right ones would, by more than `label_error_limit`. By an
// exact binomial test and by a score test of two proportions that allows for the trusted rows being few (Farrington and
// Manning 1990, Statistics in Medicine 9); both must reject. What right ones would do is the model's doubt where it is
// sure, calibrated on trusted rows, so that lessons chosen for being hard are judged as such. Counting sure
// contradictions to estimate label noise: Northcutt, Jiang and Chuang 2021, "Confident learning", JAIR 70.
//
// Sources: one source's labels contradict more often than all others' by more than `source_excess`; binomial tests,
// Holm.
//
// Direction: contradictions go to a category that the texts cannot do with (by the loss matrix) more often than if
// every row were as easily mistaken, for any other category or for the model's second choice; binomial tests of all
// sources together and of each, Holm.
//
// Phrases: n-grams of recent rows that decide for one category against the rest of the text (phrase_search.h).
//
// Rows: a category has fewer than `rows_kept` of what the champion learnt from, or only so few of those are left
// (beside what is left of the others) and recent ones do not make up for it; or its share among the recent rows has
// collapsed (binomial, Holm).
struct LessonAuditInput {
  std::span<const std::string> categories;
  std::span<const Lesson> lessons;  // all the candidate learnt from that belongs to a category
  std::span<const Lesson> trusted;  // labels that were checked, e.g. the golden set; none of them among the lessons
  // Rows of each category that the champion learnt from; empty: the lessons that are not recent.
  std::span<const std::size_t> champion_rows;
  const LossMatrix* losses = nullptr;  // of the same categories, in any order; null: no direction is worse
};

struct LessonAuditOptions {
  double alpha = 0.05;
  double label_error_limit = 0.04;  // share of recent labels that may be wrong
  double source_excess = 0.05;      // by which one source's share may exceed the others'
  double direction_excess = 0.005;  // share of recent labels that may go in a wrong direction beyond chance
  double rows_kept = 0.5;           // of what the champion learnt from, in each category
  double share_kept = 0.3;          // of a category's share, among the recent rows
  float sure = 0.8F;                // probability from which an opinion counts
  std::size_t fewest_sure = 50;     // recent rows with a sure opinion; fewer are too little data
  int folds = 5;
  int threads = 1;
  std::uint64_t seed = 1;
};

// The checks of the set "lessons", to be appended to a gate's. kInvalidArgument naming the row that makes no sense.
base::Result<std::vector<GateCheck>> audit_lessons(const LessonAuditInput& input, const LessonAuditOptions& options);

}  // namespace pointsman::learn
