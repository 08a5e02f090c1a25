// An evaluation as one HTML page with its pictures: nothing is loaded from elsewhere, nothing runs, light or dark as
// the reader's system is. Every picture has its numbers below it.
//
// Pure: the same evaluation gives the same bytes. Names and texts are escaped; the page's own policy forbids scripts.
#pragma once

#include <string>
#include <string_view>

#include "learn/dataset.h"
#include "learn/evaluate.h"

namespace pointsman::cli {

struct EvaluationPage {
  std::string_view model;          // as the user named it
  std::string_view model_version;  // content hash
  std::string_view data_name;
  const learn::Dataset& data;  // that was judged; its texts illustrate mistakes
  const learn::Evaluation& evaluation;
};

std::string evaluation_page(const EvaluationPage& page);

}  // namespace pointsman::cli
