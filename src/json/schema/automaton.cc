#include "json/schema/automaton.h"

#include <algorithm>
#include <map>
#include <utility>

#include "json/schema/byte_graph.h"

namespace pointsman::json::schema {

// The subset construction: a state of the automaton is the set of places the graph can be in (Rabin and Scott, IBM
// Journal 3:2, 1959). Once a match is certain nothing can undo it, so all such sets are one state.
class AutomatonBuilder {
 public:
  AutomatonBuilder(const ByteGraph& graph, std::size_t budget) : graph_(graph), budget_(budget) {}
  std::size_t used() const { return used_; }

  std::optional<Automaton> run() {
    split_bytes();
    Set nowhere;
    number(nowhere, false);  // kDead
    Set start;
    closure(graph_.start, true, false, start);
    out_.start_ = number(start, true);
    for (std::size_t i = 1; i < sets_.size(); ++i) {
      if (!follow(i)) return std::nullopt;
    }
    bury_the_dead();
    return std::move(out_);
  }

 private:
  using Set = std::vector<ByteGraph::Id>;  // sorted; only nodes that take a byte, assert the end or match
  static constexpr std::size_t kMaxStates = 400;
  static constexpr std::size_t kMostWork = 300'000;  // for one expression, in steps through the graph
  static constexpr Automaton::State kNone = 0xFFFF;

  void split_bytes() {
    std::array<bool, 257> border{};
    for (const ByteGraph::Node& node : graph_.nodes) {
      if (node.kind != ByteGraph::Kind::kBytes) continue;
      border[node.low] = true;
      border[node.high + 1U] = true;
    }
    std::uint8_t current = 0;
    samples_.push_back(0);
    for (unsigned byte = 0; byte < 256; ++byte) {
      if (byte != 0 && border[byte]) {
        ++current;
        samples_.push_back(static_cast<std::uint8_t>(byte));
      }
      out_.class_of_[byte] = current;
    }
    out_.classes_ = samples_.size();
  }

  // Adds what can be reached from `from` without a byte.
  void closure(ByteGraph::Id from, bool at_begin, bool at_end, Set& out) {
    std::vector<ByteGraph::Id> todo = {from};
    std::vector<bool> seen(graph_.nodes.size());
    for (const ByteGraph::Id id : out) seen[id] = true;
    while (!todo.empty()) {
      const ByteGraph::Id id = todo.back();
      todo.pop_back();
      if (id == ByteGraph::kNowhere || seen[id]) continue;
      seen[id] = true;
      ++used_;
      const ByteGraph::Node& node = graph_.nodes[id];
      if (node.kind == ByteGraph::Kind::kPass) {
        todo.push_back(node.next);
        todo.push_back(node.other);
      } else if ((node.kind == ByteGraph::Kind::kBegin && at_begin) || (node.kind == ByteGraph::Kind::kEnd && at_end)) {
        todo.push_back(node.next);
      }
      if (node.kind != ByteGraph::Kind::kPass && node.kind != ByteGraph::Kind::kBegin) out.push_back(id);
    }
    std::ranges::sort(out);
  }

  bool holds_match(const Set& set) const {
    return std::ranges::any_of(set, [this](auto id) { return graph_.nodes[id].kind == ByteGraph::Kind::kMatch; });
  }

  bool accepts(const Set& set, bool at_begin) {
    if (holds_match(set)) return true;
    Set more;
    for (const ByteGraph::Id id : set) {
      if (graph_.nodes[id].kind == ByteGraph::Kind::kEnd) closure(graph_.nodes[id].next, at_begin, true, more);
    }
    return holds_match(more);
  }

  // The state of a set; kNone if there are too many.
  Automaton::State number(Set& set, bool at_begin) {
    if (holds_match(set)) {
      std::erase_if(set, [this](auto id) { return graph_.nodes[id].kind != ByteGraph::Kind::kMatch; });
    }
    // The same places accept differently at the beginning: there they are a state of their own.
    const auto [found, added] = known_.try_emplace({at_begin, set}, static_cast<Automaton::State>(sets_.size()));
    if (!added) return found->second;
    if (sets_.size() == kMaxStates) return kNone;
    sets_.push_back(set);
    out_.accepts_.push_back(accepts(set, at_begin));
    return found->second;
  }

  bool follow(std::size_t state) {
    const Set from = sets_[state];
    const bool sure = holds_match(from);
    out_.next_.resize((state + 1) * out_.classes_, Automaton::kDead);
    for (std::size_t i = 0; i < out_.classes_; ++i) {
      Set to;
      used_ += from.size() + 1;
      if (used_ > std::min(budget_, kMostWork)) return false;
      for (const ByteGraph::Id id : from) {
        const ByteGraph::Node& node = graph_.nodes[id];
        const bool takes = node.kind == ByteGraph::Kind::kBytes && node.low <= samples_[i] && samples_[i] <= node.high;
        if (takes) closure(node.next, false, false, to);
      }
      const Automaton::State next = sure ? static_cast<Automaton::State>(state) : number(to, false);
      if (next == kNone) return false;
      out_.next_[state * out_.classes_ + i] = next;
    }
    return true;
  }

  // States from which no accepting one can be reached become kDead.
  void bury_the_dead() {
    const std::size_t count = sets_.size();
    std::vector<bool> alive = out_.accepts_;
    for (bool changed = true; changed;) {
      changed = false;
      used_ += out_.next_.size();
      if (used_ > budget_) return;  // nothing is wrong with the dead ones, they are only found later
      for (std::size_t state = count; state-- > 0;) {
        if (alive[state]) continue;
        const auto begin = out_.next_.begin() + static_cast<std::ptrdiff_t>(state * out_.classes_);
        const auto end = begin + static_cast<std::ptrdiff_t>(out_.classes_);
        alive[state] = std::any_of(begin, end, [&alive](Automaton::State next) { return alive[next]; });
        changed = changed || alive[state];
      }
    }
    for (Automaton::State& next : out_.next_) next = alive[next] ? next : Automaton::kDead;
    if (!alive[out_.start_]) out_.start_ = Automaton::kDead;
  }

  const ByteGraph& graph_;
  std::size_t budget_;
  std::size_t used_ = 0;
  Automaton out_;
  std::vector<std::uint8_t> samples_;  // a byte of each class
  std::vector<Set> sets_;
  std::map<std::pair<bool, Set>, Automaton::State> known_;
};

std::optional<Automaton> Automaton::build(std::string_view expression, std::size_t& budget) {
  const std::optional<ByteGraph> graph = read_expression(expression);
  if (!graph) return std::nullopt;
  AutomatonBuilder builder(*graph, budget);
  std::optional<Automaton> built = builder.run();
  budget -= std::min(budget, builder.used());
  return built;
}

}  // namespace pointsman::json::schema
