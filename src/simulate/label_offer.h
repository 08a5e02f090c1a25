// Which gold category each label on offer stands for.
//
// Labels may be short names that the system prompt explains: entries LABEL=name, separated by white space or commas,
// the name as people write it, a description after a colon allowed ("A=reset password: the user cannot log in"). A
// label that is a category's name needs none. "none", "other" and "unknown", unless they are categories, and what is
// called "none ..." stand for kNone. Pure.
#pragma once

#include <string>
#include <vector>

#include "simulate/label_question.h"
#include "simulate/teacher.h"

namespace pointsman::simulate {

struct LabelOffer {
  std::vector<std::string> labels;
  std::vector<std::string> categories;  // of each; a label nobody can explain stands for itself

  bool operator==(const LabelOffer&) const = default;
};

// Empty if the question is none for this teacher: not one label stands for a category it knows, or for a free form the
// prompt names fewer than two.
LabelOffer offer_of(const LabelQuestion& question, const Teacher& teacher);

}  // namespace pointsman::simulate
