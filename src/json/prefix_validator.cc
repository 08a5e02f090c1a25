#include "json/prefix_validator.h"

#include <algorithm>

namespace pointsman::json {

using schema::ActiveFrame;
using schema::State;
using schema::TextSet;
using schema::ValueKind;

static_assert(ScanSink<PrefixValidator>);

PrefixValidator::PrefixValidator(std::shared_ptr<const Schema> schema) : PrefixValidator(std::move(schema), Limits()) {}

PrefixValidator::PrefixValidator(std::shared_ptr<const Schema> schema, Limits limits)
    : schema_(std::move(schema)), program_(schema_->program()), limits_(limits) {
  reset();
}

void PrefixValidator::reset() {
  prospect_ = Prospect::kOpen;
  nodes_.clear();
  depth_ = 0;
  skipped_ = 0;
  in_place_ = 0;
  sweep_from_ = ~std::size_t{0};
  wanted_.clear();
  wanted_of_name_.clear();
  words_.clear();
  names_.clear();
  text_.clear();
  captures_ = 0;
  canonical_.clear();
  want(program_.root, schema::kNoNode, schema::Role::kRequired, {});
}

void PrefixValidator::begin_object() {
  begin_value(ValueKind::kObject);
  if (capturing()) canonical_.begin_object();
}

void PrefixValidator::end_object() {
  if (capturing()) canonical_.end_object();
  end_value();
}

void PrefixValidator::begin_array() {
  begin_value(ValueKind::kArray);
  if (capturing()) canonical_.begin_array();
}

void PrefixValidator::end_array() {
  if (capturing()) canonical_.end_array();
  end_value();
}

void PrefixValidator::begin_string() {
  begin_value(ValueKind::kString);
  if (capturing()) canonical_.begin_string();
}

void PrefixValidator::string_piece(std::string_view piece) {
  if (capturing()) canonical_.string_piece(piece);
  if (canonical_.size() > limits_.kept) give_up();
  if (skipped_ == 0 && running() && depth_ != 0) judge_piece(piece);
}

void PrefixValidator::end_string() {
  if (capturing()) canonical_.end_string();
  end_value();
}

void PrefixValidator::begin_number() {
  begin_value(ValueKind::kNumber);
}

void PrefixValidator::number(std::string_view spelt) {
  if (capturing()) canonical_.number(spelt);
  if (skipped_ == 0 && running() && depth_ != 0) {
    number_.read(spelt);
    canonical_number_.clear();
    number_.append_canonical(spelt, canonical_number_);
  }
  end_value();
}

void PrefixValidator::begin_literal(Literal which) {
  begin_value(which == Literal::kTrue    ? ValueKind::kTrue
              : which == Literal::kFalse ? ValueKind::kFalse
                                         : ValueKind::kNull);
}

void PrefixValidator::literal(Literal which) {
  if (capturing()) canonical_.literal(which);
  end_value();
}

void PrefixValidator::key(std::string_view name) {
  if (!running()) return;
  if (capturing()) canonical_.key(name);
  if (skipped_ != 0 || depth_ == 0) return;
  Frame& frame = top();
  names_.resize(frame.name_begin);
  names_ += name;
  ++frame.count;
  if (frame.distinct && frame.seen.insert(name) == TextSet::Answer::kUnsure) return give_up();
  const auto end = static_cast<NodeId>(nodes_.size());
  for (NodeId id = frame.first_node; id < end && running(); ++id) {
    if (nodes_[id].state == State::kOpen) name_for(id, name);
  }
  sweep();
  if (running() && !wanted_of_name_.empty()) judge_names(name);
}

void PrefixValidator::begin_value(ValueKind kind) {
  if (!running()) return;
  if (skipped_ != 0) {
    ++skipped_;
    return;
  }
  if (depth_ != 0 && top().kind == ValueKind::kArray) start_item();
  if (!running()) return;
  if (wanted_.empty()) {
    ++skipped_;
    return;
  }
  if (!push_frame(kind)) return;
  for (std::size_t i = 0; i < wanted_.size() && running(); ++i) {
    const Wanted wanted = wanted_[i];
    if (wanted.parent != schema::kNoNode && nodes_[wanted.parent].state != State::kOpen) continue;
    expand(wanted, false);
  }
  wanted_.clear();
  sweep();
  Frame& frame = top();
  frame.captures = frame.captures || frame.unique;
  if (!frame.captures) return;
  if (captures_++ == 0) canonical_.clear();
  frame.canonical_begin = canonical_.size();
}

bool PrefixValidator::push_frame(ValueKind kind) {
  if (depth_ >= limits_.depth) {
    give_up();
    return false;
  }
  if (frames_.size() == depth_) frames_.emplace_back();
  Frame& frame = frames_[depth_++];
  frame.kind = kind;
  frame.first_node = static_cast<std::uint32_t>(nodes_.size());
  frame.first_word = static_cast<std::uint32_t>(words_.size());
  frame.name_begin = static_cast<std::uint32_t>(names_.size());
  frame.count = 0;
  frame.length = 0;
  frame.is_name = frame.watches = frame.counts = frame.keeps_text = false;
  frame.captures = frame.unique = frame.distinct = frame.repeated = false;
  frame.seen.clear();
  frame.marks.clear();
  frame.deferred.clear();
  if (kind == ValueKind::kString) text_.clear();
  return true;
}

void PrefixValidator::end_value() {
  if (!running()) return;
  if (canonical_.size() > limits_.kept) return give_up();
  if (skipped_ != 0) {
    --skipped_;
  } else if (depth_ != 0) {
    pop_frame();
  }
  if (running() && skipped_ == 0) leave_value();
}

void PrefixValidator::pop_frame() {
  const Frame& frame = top();
  for (NodeId id = static_cast<NodeId>(nodes_.size()); id > frame.first_node && running();) {
    --id;
    if (nodes_[id].state == State::kOpen) finish(id);
  }
  if (!running()) return;
  nodes_.resize(frame.first_node);
  words_.resize(frame.first_word);
  names_.resize(frame.name_begin);
  if (frame.captures) --captures_;
  --depth_;
  sweep();
}

// Back in the value around the one that ended.
void PrefixValidator::leave_value() {
  if (depth_ == 0) {
    prospect_ = Prospect::kComplete;
    return;
  }
  Frame& frame = top();
  if (frame.kind != ValueKind::kArray || !frame.unique || frame.repeated) return;
  const TextSet::Answer answer = frame.seen.insert(canonical_.from(frame.item_begin));
  if (answer == TextSet::Answer::kUnsure) return give_up();
  if (answer == TextSet::Answer::kNew) return;
  frame.repeated = true;
  const auto end = static_cast<NodeId>(nodes_.size());
  for (NodeId id = frame.first_node; id < end && running(); ++id) {
    const Node& node = nodes_[id];
    if (node.state == State::kOpen && node.rule->array && node.rule->array->unique) fail(id, "uniqueItems");
  }
  sweep();
}

void PrefixValidator::judge_piece(std::string_view piece) {
  Frame& frame = top();
  if (!frame.watches) return;
  if (frame.counts) {
    for (const char c : piece) frame.length += (static_cast<unsigned char>(c) & 0xC0U) != 0x80 ? 1 : 0;
  }
  if (frame.keeps_text) {
    text_ += piece;
    if (text_.size() > limits_.kept) return give_up();
  }
  const auto end = static_cast<NodeId>(nodes_.size());
  for (NodeId id = frame.first_node; id < end && running(); ++id) {
    Node& node = nodes_[id];
    if (node.state != State::kOpen) continue;
    const std::string_view broken = piece_breaks(node, piece);
    if (!broken.empty()) fail(id, broken);
  }
  sweep();
}

// The keyword that a string cannot meet any more, `piece` being its newest part.
std::string_view PrefixValidator::piece_breaks(Node& node, std::string_view piece) {
  if (node.rule->allowed && !schema::narrow(node, *node.rule->allowed, piece)) return node.rule->allowed->keyword;
  if (!node.rule->string) return {};
  const schema::StringRule& rule = *node.rule->string;
  if (top().length > rule.max_length) return "maxLength";
  for (std::size_t i = 0; i < rule.patterns.size(); ++i) {
    const schema::Automaton* const automaton = rule.patterns[i].first->automaton();
    if (automaton == nullptr) continue;
    node.pattern_states[i] = automaton->step(node.pattern_states[i], piece);
    if (node.pattern_states[i] == schema::Automaton::kDead) return rule.patterns[i].second;
  }
  return {};
}

PrefixValidator::Failure PrefixValidator::failure() const {
  Failure failure;
  if (prospect_ != Prospect::kImpossible) return failure;
  for (std::size_t i = 0; i < failed_depth_ && i < depth_; ++i) {
    const Frame& frame = frames_[i];
    failure.instance += '/';
    if (frame.kind == ValueKind::kArray) {
      failure.instance += std::to_string(frame.count - 1);
    } else {
      const std::size_t end = i + 1 < depth_ ? frames_[i + 1].name_begin : names_.size();
      schema::append_pointer_token(std::string_view(names_).substr(frame.name_begin, end - frame.name_begin),
                                   failure.instance);
    }
  }
  failure.keyword = failed_keyword_;
  failure.schema = program_.pointer(failed_place_);
  const schema::Tree& tree = program_.documents[failed_place_.document]->tree;
  if (tree.member(failed_place_.node, failed_keyword_) != schema::Tree::kNone) {
    failure.schema += '/';
    failure.schema += failed_keyword_;
  }
  return failure;
}

}  // namespace pointsman::json
