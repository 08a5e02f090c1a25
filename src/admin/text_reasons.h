// Why a classifier says what it says of a text, for the pages of the dashboard: the labelled examples most like it, and
// what each of its words adds for the answer and against the next one.
//
// On the desk's threads: it reads all examples of an artefact.
#pragma once

#include <memory>
#include <string_view>

#include "admin/books.h"
#include "admin/world.h"
#include "classify/linear_model.h"
#include "json/writer.h"

namespace pointsman::admin {

// The classifier of that version, from what serves or from the registry; null where neither has it.
std::shared_ptr<const classify::LinearModel> find_classifier(std::string_view version, const gateway::Lineup& lineup,
                                                             Books& books);

// "nearest": [...], "words": [...]; both are empty without a classifier or a text.
void write_text_reasons(json::Writer& out, const classify::LinearModel* model, const classify::Input& input);

}  // namespace pointsman::admin
