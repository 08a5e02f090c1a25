// Holds a JSON text against a schema while it grows: valid so far, cannot become valid any more, or complete.
//
// A ScanSink: an incremental scanner calls it. One thread; reset() makes it ready for the next text and keeps its
// storage. It never gives up a prefix of a valid text. (A text that repeats a name in an object is valid here only if
// every value of that name is.) It gives up as soon as the schema decides: types at a value's first byte, names at the
// name, enum and const strings at the first character that none of them has, lengths and counts at the one too many,
// other demands on scalars at their end, what is required at the container's end, anyOf and oneOf when no branch is
// left, `not` and `if` at the value's end.
// Work for each piece is proportional to the branches still alive, and these are bounded: a schema and a text that need
// more than Limits allow end in kUndecided, never in a refusal. Memory is proportional to the depth, but for
// uniqueItems, enum or const of containers and strings with a pattern, which keep the value they judge.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "json/scan_sink.h"
#include "json/schema.h"
#include "json/schema/active.h"
#include "json/schema/canonical.h"
#include "json/schema/decimal.h"

namespace pointsman::json {

enum class Prospect : std::uint8_t {
  kOpen,        // valid so far
  kImpossible,  // cannot become valid
  kComplete,    // the whole value was there and is valid
  kUndecided,   // over a limit: nothing is said
};

class PrefixValidator {
 public:
  struct Limits {
    std::size_t nodes = 4096;      // judgements open at the same time
    std::size_t depth = 512;       // of containers in one another
    std::size_t kept = 32U << 20;  // bytes of values kept for uniqueItems, enum, const and patterns
  };

  explicit PrefixValidator(std::shared_ptr<const Schema> schema);
  PrefixValidator(std::shared_ptr<const Schema> schema, Limits limits);
  // Not copied: a scanner holds a reference.
  PrefixValidator(const PrefixValidator&) = delete;
  PrefixValidator& operator=(const PrefixValidator&) = delete;

  void reset();
  Prospect prospect() const { return prospect_; }

  // Why the prospect is kImpossible.
  struct Failure {
    std::string instance;  // JSON pointer to the value in the text
    std::string keyword;
    std::string schema;  // JSON pointer of the keyword in the schema; with "uri#" in front for another document
  };
  Failure failure() const;

  void begin_object();
  void end_object();
  void begin_array();
  void end_array();
  void key(std::string_view name);
  void begin_string();
  void string_piece(std::string_view piece);
  void end_string();
  void begin_number();
  void number(std::string_view spelt);
  void begin_literal(Literal which);
  void literal(Literal which);

 private:
  using Node = schema::ActiveNode;
  using Frame = schema::ActiveFrame;
  using NodeId = std::uint32_t;

  bool running() const { return prospect_ == Prospect::kOpen; }
  void give_up() {
    if (running()) prospect_ = Prospect::kUndecided;
  }
  Frame& top() { return frames_[depth_ - 1]; }
  NodeId end_of(const Node& node) const { return node.end != 0 ? node.end : static_cast<NodeId>(nodes_.size()); }

  // prefix_validator.cc: values come and go.
  void begin_value(schema::ValueKind kind);
  bool push_frame(schema::ValueKind kind);
  void end_value();
  void pop_frame();
  void leave_value();
  bool capturing() const { return captures_ != 0 && running(); }
  void judge_piece(std::string_view piece);
  std::string_view piece_breaks(Node& node, std::string_view piece);

  // prefix_spawn.cc: which rules a value has to meet.
  struct Wanted {
    schema::RuleId rule = schema::kNoRule;
    NodeId parent = schema::kNoNode;
    schema::Role role = schema::Role::kRequired;
  };
  void want(schema::RuleId rule, NodeId parent, schema::Role role, std::string_view keyword);
  void expand(const Wanted& wanted, bool collects);
  void expand_branches(NodeId id, const schema::Rule& rule);
  void prepare(Node& node, const schema::Rule& rule);
  void start_item();
  void start_item_for(NodeId id, const schema::ArrayRule& array, std::uint32_t index);
  void name_for(NodeId id, std::string_view name);
  void judge_names(std::string_view name);
  bool claimed(NodeId by, std::string_view name, std::uint32_t index, bool item) const;
  void mark(NodeId id, std::uint32_t ordinal);
  schema::RuleId dynamic_target(const schema::Rule& rule, NodeId from) const;

  // prefix_close.cc: whether a value that is complete meets its rules.
  void finish(NodeId id);
  bool finish_value(NodeId id);
  bool finish_number(NodeId id, const schema::NumberRule& rule);
  bool finish_string(NodeId id, const schema::StringRule& rule);
  bool finish_array(NodeId id, const schema::ArrayRule& rule);
  bool finish_object(NodeId id, const schema::ObjectRule& rule);
  bool finish_allowed(NodeId id, const schema::AllowedValues& allowed);
  bool finish_unevaluated(NodeId id, bool items);
  bool finish_combination(NodeId id);
  void met(NodeId id);
  void met_contains(NodeId id, Node& parent);

  // prefix_branches.cc: what the end of one judgement means for those above it.
  void fail(NodeId id, std::string_view keyword, std::size_t deeper = 0);
  bool fails_parent(Node& node, Node& parent, std::string_view& keyword);
  void cancel(NodeId id);
  void sweep();
  bool reaches(NodeId id, NodeId above) const;

  std::shared_ptr<const Schema> schema_;
  const schema::Program& program_;
  Limits limits_;
  Prospect prospect_ = Prospect::kOpen;

  std::vector<Node> nodes_;    // those of deeper values behind those of the values around them
  std::vector<Frame> frames_;  // the first depth_ are open
  std::size_t depth_ = 0;
  std::size_t skipped_ = 0;   // values open of which nobody wants anything
  std::size_t in_place_ = 0;  // rules being expanded in one another
  std::size_t sweep_from_ = ~std::size_t{0};
  std::vector<Wanted> wanted_;  // of the value that begins next
  std::vector<Wanted> wanted_of_name_;
  std::vector<std::uint64_t> words_;  // of names seen
  std::string names_;                 // the open members' names, outermost first
  std::string text_;                  // of the open string, if a pattern wants it
  schema::Decimal number_;
  std::string canonical_number_;
  std::size_t captures_ = 0;  // open values whose canonical text somebody wants
  schema::CanonicalText canonical_;
  std::vector<bool> evaluated_;

  std::string_view failed_keyword_;
  std::size_t failed_depth_ = 0;
  schema::Place failed_place_;
};

}  // namespace pointsman::json
