// Trimming held against random conversations in all three protocols that grow request by request.
//
// A byte counts as a token, so the count of what was written is exact: nothing is estimated here.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "support/protocol_pairs.h"
#include "support/random_talks.h"
#include "support/request_validity.h"
#include "wire/removed_part.h"
#include "wire/trimmed_body.h"

namespace pointsman::wire {
namespace {

using llm::Protocol;
using testing::RequestValidity;
using testing::Talk;

constexpr std::int64_t kFixed = 300;
constexpr std::int64_t kNoteBytes = static_cast<std::int64_t>(llm::kTrimNote.size()) + 2;  // quoted; needs no escapes
constexpr std::uint64_t kTalks = 20;

std::string_view cut_out(std::string_view body, llm::ByteRange range) {
  return body.substr(range.begin, range.end - range.begin);
}
std::int64_t length(llm::ByteRange range) {
  return static_cast<std::int64_t>(range.end - range.begin);
}

// One request, trimmed.
struct Trimmed {
  std::string body;  // as the client sent it
  llm::Outline outline;
  std::vector<std::int64_t> items, results;
  llm::TrimPlan plan;
  std::string result;

  std::int64_t kept_bytes() const {
    std::int64_t all = kFixed;
    for (const std::int64_t tokens : items) all += tokens;
    return all;
  }
};

Trimmed trim(const Talk& talk, std::size_t count, const llm::TrimRules& rules, const std::string& summary = {}) {
  Trimmed out;
  out.body = talk.body(count);
  json::Document document;
  const auto read = read_outline(talk.protocol, out.body, document, out.outline);
  EXPECT_TRUE(read) << read.error().message() << " at " << read.error().place() << "\n" << out.body;
  for (const llm::OutlineItem& item : out.outline.items) out.items.push_back(length(item.bytes));
  for (const llm::OutlineResult& one : out.outline.results) out.results.push_back(length(one.content));
  out.plan = llm::plan_trim(out.outline,
                            {.items = out.items, .results = out.results, .note = kNoteBytes, .fixed = kFixed}, rules);
  json::Splices edits;
  EXPECT_TRUE(splice_trim(out.body, out.outline, out.plan, summary, edits));
  out.result = edits.to_string();
  EXPECT_EQ(out.result.size(), edits.size());
  return out;
}

class Trim : public ::testing::TestWithParam<Protocol> {
 protected:
  // Calls each(talk, rules) for many conversations, with limits from tight to wide.
  template <class Each>
  void for_each_talk(Each each) {
    for (std::uint64_t seed = 0; seed < kTalks; ++seed) {
      SCOPED_TRACE("talk " + std::to_string(seed));
      const Talk talk = testing::TalkMaker(GetParam(), seed).make(25);
      const auto whole = static_cast<std::int64_t>(talk.body(talk.elements.size()).size());
      const std::int64_t limit = kFixed + whole / static_cast<std::int64_t>(2 + seed % 7);
      each(talk, llm::TrimRules{.limit = limit, .low_water = seed % 3 == 0 ? 0.5 : 0.7, .summary = 0});
      if (HasFailure()) return;
    }
  }
};

TEST_P(Trim, FindsTheTurnsAndPairsThatWereMade) {
  for_each_talk([&](const Talk& talk, const llm::TrimRules& rules) {
    const Trimmed all = trim(talk, talk.elements.size(), rules);
    ASSERT_EQ(all.outline.items.size(), talk.elements.size());
    std::vector<std::size_t> starts;
    for (std::size_t i = 0; i < all.outline.items.size(); ++i) {
      EXPECT_EQ(cut_out(all.body, all.outline.items[i].bytes), talk.elements[i]);
      if (all.outline.items[i].starts_turn) starts.push_back(i);
    }
    EXPECT_EQ(starts, talk.turn_starts);
    std::set<std::uint32_t> answered;
    for (const llm::OutlineResult& one : all.outline.results) {
      ASSERT_NE(one.call, llm::kNoIndex);
      EXPECT_TRUE(answered.insert(one.call).second) << "two results of one call";
      EXPECT_LT(all.outline.calls[one.call].item, one.item);
    }
    EXPECT_EQ(answered.size(), all.outline.calls.size());
  });
}

TEST_P(Trim, LeavesOnlyWhatIsValidAndFits) {
  std::size_t requests = 0, trimmed = 0, refused = 0, masks = 0, turns = 0;
  for_each_talk([&](const Talk& talk, const llm::TrimRules& rules) {
    for (const std::size_t count : talk.requests) {
      const Trimmed one = trim(talk, count, rules);
      ASSERT_EQ(RequestValidity::fault(talk.protocol, one.body), "") << "before:\n" << one.body;
      ASSERT_EQ(RequestValidity::fault(talk.protocol, one.result), "") << one.body << "\nbecame\n" << one.result;
      ++requests;
      trimmed += one.plan.changes();
      refused += !one.plan.fits;
      masks += one.plan.masked.size();
      turns += one.plan.removed_turns;
      ASSERT_EQ(one.plan.tokens_before, one.kept_bytes());
      ASSERT_EQ(one.plan.changes(), one.plan.fits && one.plan.tokens_before > rules.limit);
      if (!one.plan.changes()) ASSERT_EQ(one.result, one.body);
      if (one.plan.fits) {
        ASSERT_LE(one.plan.tokens_after, rules.limit);
        // What reading it again says is what the plan says.
        llm::Outline again;
        json::Document document;
        ASSERT_TRUE(read_outline(talk.protocol, one.result, document, again));
        std::int64_t bytes = kFixed;
        for (const llm::OutlineItem& item : again.items) bytes += length(item.bytes);
        ASSERT_EQ(bytes, one.plan.tokens_after);
      } else {
        ASSERT_GT(one.plan.least, rules.limit);
      }
    }
  });
  EXPECT_GT(trimmed, requests / 4);
  EXPECT_GT(refused, 0U);
  EXPECT_LT(refused, requests / 4);
  EXPECT_GT(masks, 0U);
  EXPECT_GT(turns, 0U);
  RecordProperty("requests", static_cast<int>(requests));
  RecordProperty("trimmed", static_cast<int>(trimmed));
  RecordProperty("refused", static_cast<int>(refused));
}

TEST_P(Trim, KeepsTheSystemPromptAndTheLastTurnButForOldResultsOfALongOne) {
  std::size_t whole = 0, masked_turns = 0;
  for_each_talk([&](const Talk& talk, const llm::TrimRules& rules) {
    for (const std::size_t count : talk.requests) {
      const Trimmed one = trim(talk, count, rules);
      ASSERT_TRUE(one.result.starts_with(talk.head));
      const auto last = *std::prev(std::ranges::upper_bound(talk.turn_starts, count - 1));
      const auto in_last = [&](std::uint32_t result) { return one.outline.results[result].item >= last; };
      const bool long_turn = std::ranges::any_of(one.plan.masked, in_last);
      ++(long_turn ? masked_turns : whole);
      if (!long_turn) ASSERT_TRUE(one.result.ends_with(one.body.substr(one.outline.items[last].bytes.begin)));
      if (long_turn) ASSERT_LT(one.plan.masked.back() + rules.keep_results, one.outline.results.size());
      for (const std::uint32_t item : one.plan.removed) ASSERT_LT(item, last);
      const std::set<std::uint32_t> removed(one.plan.removed.begin(), one.plan.removed.end());
      for (std::uint32_t i = 0; i < one.outline.items.size(); ++i) {
        if (one.outline.items[i].kind == llm::ItemKind::kSystem) ASSERT_FALSE(removed.contains(i));
      }
    }
  });
  EXPECT_GT(whole, masked_turns);
  EXPECT_GT(masked_turns, 0U);
}

// What is kept is what was there, but for the masked contents, which are the note.
TEST_P(Trim, ChangesNothingElseOfWhatIsKept) {
  for_each_talk([&](const Talk& talk, const llm::TrimRules& rules) {
    const Trimmed one = trim(talk, talk.requests.back(), rules);
    llm::Outline again;
    json::Document document;
    ASSERT_TRUE(read_outline(talk.protocol, one.result, document, again));
    const std::set<std::uint32_t> removed(one.plan.removed.begin(), one.plan.removed.end());
    const std::set<std::uint32_t> masked(one.plan.masked.begin(), one.plan.masked.end());
    std::size_t at = 0;
    for (std::uint32_t i = 0; i < one.outline.items.size(); ++i) {
      if (removed.contains(i)) continue;
      const llm::OutlineItem& before = one.outline.items[i];
      const llm::OutlineItem& after = again.items.at(at++);
      std::string wanted(cut_out(one.body, before.bytes));
      for (std::uint32_t r = before.results_end; r-- > before.results_begin;) {
        if (!masked.contains(r)) continue;
        const llm::ByteRange content = one.outline.results[r].content;
        wanted.replace(content.begin - before.bytes.begin, content.end - content.begin,
                       '"' + std::string(llm::kTrimNote) + '"');
      }
      ASSERT_EQ(cut_out(one.result, after.bytes), wanted);
      ASSERT_EQ(after.kind, before.kind);
      ASSERT_EQ(after.sealed, before.sealed);
      ASSERT_EQ(after.cache_markers <= before.cache_markers, true);
    }
    ASSERT_EQ(at, again.items.size());
  });
}

// The cut moves only where the prompt with the old cut would not have fitted; until then the prompts are prefixes.
TEST_P(Trim, KeepsItsCutWhileTheConversationGrows) {
  std::size_t moves = 0, kept = 0;
  for_each_talk([&](const Talk& talk, const llm::TrimRules& rules) {
    Trimmed before;
    for (const std::size_t count : talk.requests) {
      const Trimmed now = trim(talk, count, rules);
      if (!now.plan.fits || !before.plan.fits) {
        before = now;
        continue;
      }
      if (now.plan.masked == before.plan.masked && now.plan.removed == before.plan.removed) {
        const std::string begun = before.result.substr(0, before.result.size() - talk.tail.size());
        ASSERT_TRUE(now.result.starts_with(begun));
        kept += now.plan.changes();
      } else {
        ++moves;
        std::int64_t with_old_cut = before.plan.tokens_after;
        for (std::size_t i = before.items.size(); i < now.items.size(); ++i) with_old_cut += now.items[i];
        ASSERT_GT(with_old_cut, rules.limit);
      }
      before = now;
    }
  });
  EXPECT_GT(moves, 0U);
  EXPECT_GT(kept, moves) << "hysteresis: most requests find the cut of the request before";
  RecordProperty("cut_moved", static_cast<int>(moves));
  RecordProperty("cut_kept", static_cast<int>(kept));
}

TEST_P(Trim, StaysValidInTheOtherProtocols) {
  static const std::map<std::string_view, Protocol> kByName = {
      {"chat", Protocol::kChatCompletions}, {"responses", Protocol::kResponses}, {"messages", Protocol::kMessages}};
  std::size_t translated = 0;
  for_each_talk([&](const Talk& talk, const llm::TrimRules& rules) {
    for (const testing::WireProtocol& from : testing::kWireProtocols) {
      if (kByName.at(from.name) != talk.protocol) continue;
      for (const testing::WireProtocol& to : testing::kWireProtocols) {
        const Trimmed one = trim(talk, talk.requests.back(), rules);
        const testing::Wanted other = testing::translate_request(from, to, one.result);
        ASSERT_NE(other.verdict, "refused") << other.body;
        ASSERT_EQ(RequestValidity::fault(kByName.at(to.name), other.body), "")
            << one.result << "\nin " << to.name << "\n"
            << other.body;
        translated += one.plan.changes();
      }
    }
  });
  EXPECT_GT(translated, kTalks);
}

TEST_P(Trim, StaysValidInTheOtherProtocolsWithASummary) {
  static const std::map<std::string_view, Protocol> kByName = {
      {"chat", Protocol::kChatCompletions}, {"responses", Protocol::kResponses}, {"messages", Protocol::kMessages}};
  std::size_t translated = 0;
  for_each_talk([&](const Talk& talk, llm::TrimRules rules) {
    rules.summary = 200;
    const Trimmed one = trim(talk, talk.requests.back(), rules, "They spoke of sums.");
    if (one.plan.summary_item == llm::kNoIndex) return;
    for (const testing::WireProtocol& from : testing::kWireProtocols) {
      if (kByName.at(from.name) != talk.protocol) continue;
      for (const testing::WireProtocol& to : testing::kWireProtocols) {
        const testing::Wanted other = testing::translate_request(from, to, one.result);
        ASSERT_NE(other.verdict, "refused") << other.body;
        ASSERT_EQ(RequestValidity::fault(kByName.at(to.name), other.body), "") << one.result << "\n" << other.body;
        ASSERT_NE(other.body.find("They spoke of sums."), std::string::npos) << to.name << "\n" << other.body;
        ++translated;
      }
    }
  });
  EXPECT_GT(translated, kTalks);
}

TEST_P(Trim, MakesRoomForASummaryThatIsValidWhereItIsPut) {
  const std::string summary = "They spoke of \"sums\"\nand \xC3\x9F.";
  std::string escaped;
  json::escape(std::string(kSummaryHead) + summary, escaped);
  std::size_t summed_up = 0;
  for_each_talk([&](const Talk& talk, llm::TrimRules rules) {
    rules.summary = static_cast<std::int64_t>(escaped.size()) + 40;  // a text part around it
    std::map<std::vector<std::uint32_t>, base::Sha256> keys;
    for (const std::size_t count : talk.requests) {
      const Trimmed one = trim(talk, count, rules, summary);
      ASSERT_EQ(RequestValidity::fault(talk.protocol, one.result), "") << one.result;
      if (one.plan.summary_item == llm::kNoIndex) continue;
      ++summed_up;
      ASSERT_TRUE(one.outline.items[one.plan.summary_item].starts_turn);
      ASSERT_NE(one.result.find(escaped), std::string::npos);
      llm::Outline again;
      json::Document document;
      ASSERT_TRUE(read_outline(talk.protocol, one.result, document, again));
      ASSERT_EQ(again.items.size(), one.items.size() - one.plan.removed.size());
      std::int64_t bytes = kFixed;
      for (const llm::OutlineItem& item : again.items) bytes += length(item.bytes);
      ASSERT_LE(bytes, one.plan.tokens_after);
      ASSERT_LE(one.plan.tokens_after, rules.limit);
      const base::Sha256 key = removed_digest(one.body, one.outline, one.plan, "acme");
      ASSERT_EQ(keys.try_emplace(one.plan.removed, key).first->second, key) << "the key moves with the cut only";
      ASSERT_NE(key, removed_digest(one.body, one.outline, one.plan, "acme/search"));
      const auto part = removed_part(one.body, one.outline, one.plan, 4000, document);
      ASSERT_TRUE(part);
      ASSERT_LE(part->text.size(), 4000U);
      ASSERT_FALSE(part->text.empty());
      ASSERT_EQ(json::find_invalid_utf8(part->text), std::string_view::npos);
    }
  });
  EXPECT_GT(summed_up, kTalks);
}

INSTANTIATE_TEST_SUITE_P(Protocols, Trim,
                         ::testing::Values(Protocol::kChatCompletions, Protocol::kResponses, Protocol::kMessages),
                         [](const auto& protocol) { return std::string(to_string(protocol.param)); });

}  // namespace
}  // namespace pointsman::wire
