// Traces as OTLP over HTTP wants them in JSON (OTLP 1.x, ExportTraceServiceRequest): ids in hexadecimal, 64-bit
// numbers as texts, enumerations as numbers.
//
// Pure. One SpanBatch belongs to one thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "trace/names.h"
#include "trace/record.h"

namespace pointsman::trace {

// Who speaks.
struct Resource {
  std::string service;   // service.name
  std::string version;   // service.version
  std::string instance;  // service.instance.id
};

// The spans of one record: the request, under it how the model was chosen and each call; the question to the small
// model is under the choice. Objects separated by commas.
void append_spans(const Record& record, Convention convention, std::string& out);

// A request to a collector that grows record by record.
class SpanBatch {
 public:
  SpanBatch(const Resource& resource, Convention convention);

  void add(const Record& record);
  std::size_t spans() const { return spans_; }
  std::size_t bytes() const { return body_.size(); }
  // The whole request; the batch is empty again.
  std::string take();

 private:
  std::string head_;
  std::string tail_;
  Convention convention_;
  std::string body_;
  std::size_t spans_ = 0;
};

// How many spans a collector that answered 2xx says it did not take (partialSuccess); 0 for any other body.
std::size_t rejected_spans(std::string_view answer);

}  // namespace pointsman::trace
