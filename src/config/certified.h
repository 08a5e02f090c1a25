// Takes the certified thresholds into a configuration, and refuses a certificate that does not keep the promise made
// there: about other categories, another order, another classifier, or weaker than stated.
// Pure but for what the sources give; used while loading, from one thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "config/config.h"
#include "config/problem.h"
#include "config/reader.h"
#include "config/sources.h"

namespace pointsman::config {

// Called last by load(). Does nothing without router.risk.
void take_certificate(Config& config, const Sources& sources, const Places& places, Problems& problems);

// What load() cannot know: that the certificate is about the classifier that will run (`version`; empty: none runs).
// kInvalidArgument with the place and the command that makes the right certificate.
base::Result<void> check_certificate(const Config& config, std::string_view version);

// Nor that the encoder the certificate names is the one that will be asked. `id` is that of an encoder, empty if there
// is none, and `whose` says where it comes from: "router.encoder is". Fails as check_certificate does.
base::Result<void> check_certified_encoder(const Config& config, std::string_view id, std::string_view whose);

// "pointsman tune DATA.jsonl --model mine.pm --risk 2% ...": makes the certificate that `config` asks for.
std::string tune_command(const Config& config);

}  // namespace pointsman::config
