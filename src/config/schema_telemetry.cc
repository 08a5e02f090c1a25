// The part of the key table about traces.
#include <array>

#include "config/schema_bind.h"
#include "config/schema_sections.h"

namespace pointsman::config {
namespace {

using bind::nested;
using bind::value;

// In the order of Semconv.
constexpr std::array<std::string_view, 2> kSemconvs = {"genai-1.36", "genai-latest"};

constexpr std::array kOtlpKeys = {
    value<Type::kUrl, &OtlpConfig::endpoint>(
        "endpoint", "",
        "Where the collector listens, such as http://127.0.0.1:4318; /v1/traces is added where it does not end so.")
        .must(),
    value<Type::kHeaders, &OtlpConfig::headers>("headers", "", "Headers to send with it, name: value; use ${NAME}."),
    value<Type::kShare, &OtlpConfig::sample>(
        "sample", "100%",
        "How much of the traffic is traced where the client does not say; its traceparent decides where it does."),
    value<Type::kChoice, &OtlpConfig::semconv>(
        "semconv", "genai-1.36",
        "Which attribute names of OpenTelemetry's GenAI conventions are used: those of version 1.36, which most "
        "dashboards know, or the newest.")
        .from(kSemconvs),
    value<Type::kString, &OtlpConfig::service>("service", "pointsman", "The service.name that traces are filed under."),
    value<Type::kFile, &OtlpConfig::ca_file>("ca_file", "(the system's)", "PEM file of certificates to trust."),
};
constexpr Section kOtlp = {"otlp", "A collector that understands OTLP over HTTP.", kOtlpKeys, "endpoint"};

constexpr std::array kTelemetryKeys = {
    nested<Type::kSection, &TelemetryConfig::otlp>(
        "otlp", kOtlp, "Send a trace of each request to an OpenTelemetry collector; never what was said in it."),
    value<Type::kBoolean, &TelemetryConfig::exemplars>(
        "exemplars", "false",
        "Name a request in each bucket of /metrics' histograms (decision and trace id), for scrapers that take "
        "OpenMetrics."),
};

}  // namespace

constinit const Section kTelemetrySection = {"telemetry", "What others are told of requests.", kTelemetryKeys};

}  // namespace pointsman::config
