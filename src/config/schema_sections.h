// Sections of the key table that have files of their own: schema_money.cc (prices, windows, conversations, access,
// owners and their budgets, webhooks), schema_learn.cc (learning), schema_admin.cc (the operators' listener),
// schema_telemetry.cc (traces), schema_shared.cc (several replicas). Static data; private to the table.
#pragma once

#include "config/schema.h"

namespace pointsman::config {

extern const Section kAdminSection;
extern const Section kPriceSection;
extern const Section kContextSection;
extern const Section kAffinitySection;
extern const Section kFallbackCapSection;
extern const Section kAccessSection;
extern const Section kOwnerSection;
extern const Section kWebhookSection;
extern const Section kLearnSection;
extern const Section kTelemetrySection;
extern const Section kPostgresSection;
extern const Section kSharedSection;

}  // namespace pointsman::config
