// One scanner, two sinks: what the first is told, the second is told right after it.
//
// A ScanSink over two that must outlive it. Nest them for more.
#pragma once

#include <string_view>

#include "json/scan_sink.h"

namespace pointsman::json {

template <ScanSink First, ScanSink Second>
class TeeSink {
 public:
  TeeSink(First& first, Second& second) : first_(first), second_(second) {}

  void begin_object() {
    first_.begin_object();
    second_.begin_object();
  }
  void end_object() {
    first_.end_object();
    second_.end_object();
  }
  void begin_array() {
    first_.begin_array();
    second_.begin_array();
  }
  void end_array() {
    first_.end_array();
    second_.end_array();
  }
  void key(std::string_view name) {
    first_.key(name);
    second_.key(name);
  }
  void begin_string() {
    first_.begin_string();
    second_.begin_string();
  }
  void string_piece(std::string_view text) {
    first_.string_piece(text);
    second_.string_piece(text);
  }
  void end_string() {
    first_.end_string();
    second_.end_string();
  }
  void begin_number() {
    first_.begin_number();
    second_.begin_number();
  }
  void number(std::string_view text) {
    first_.number(text);
    second_.number(text);
  }
  void begin_literal(Literal which) {
    first_.begin_literal(which);
    second_.begin_literal(which);
  }
  void literal(Literal which) {
    first_.literal(which);
    second_.literal(which);
  }

 private:
  First& first_;
  Second& second_;
};

}  // namespace pointsman::json
