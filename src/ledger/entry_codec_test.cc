#include "ledger/entry_codec.h"

#include <gtest/gtest.h>

#include "ledger/record_io.h"
#include "support/random_entry.h"

namespace pointsman::ledger {
namespace {

std::string encoded(const Entry& entry, std::size_t capacity = 1 << 16) {
  std::string record(capacity, '\0');
  record.resize(encode(entry, record));
  return record;
}

void expect_same_consultation(const Consultation& a, const Consultation& b) {
  EXPECT_EQ(a.outcome, b.outcome);
  EXPECT_EQ(a.source, b.source);
  EXPECT_EQ(a.model, b.model);
  EXPECT_EQ(a.prompt_version, b.prompt_version);
  EXPECT_EQ(a.probabilities, b.probabilities);
  EXPECT_EQ(a.offered, b.offered);
  EXPECT_EQ(a.coverage, b.coverage);
  EXPECT_EQ(a.cached, b.cached);
  EXPECT_EQ(a.hedged, b.hedged);
  EXPECT_EQ(a.none_offered, b.none_offered);
  EXPECT_EQ(a.usage.input_tokens, b.usage.input_tokens);
  EXPECT_EQ(a.usage.cached_input_tokens, b.usage.cached_input_tokens);
  EXPECT_EQ(a.usage.output_tokens, b.usage.output_tokens);
  EXPECT_EQ(a.usage.reasoning_tokens, b.usage.reasoning_tokens);
  EXPECT_EQ(a.cost, b.cost);
  EXPECT_EQ(a.took, b.took);
}

void expect_same_judgement(const Judgement& a, const Judgement& b) {
  EXPECT_EQ(a.worth, b.worth);
  EXPECT_EQ(a.confidence, b.confidence);
  EXPECT_EQ(a.discarded, b.discarded);
  EXPECT_EQ(a.usage.input_tokens, b.usage.input_tokens);
  EXPECT_EQ(a.usage.output_tokens, b.usage.output_tokens);
  EXPECT_EQ(a.cost, b.cost);
}

void expect_same_order(const Ordering& a, const Ordering& b) {
  EXPECT_EQ(a.strategy, b.strategy);
  EXPECT_EQ(a.drawn, b.drawn);
  EXPECT_EQ(a.lot, b.lot);
  ASSERT_EQ(a.paces.size(), b.paces.size());
  for (std::size_t i = 0; i < a.paces.size(); ++i) {
    EXPECT_EQ(a.paces[i].model, b.paces[i].model);
    EXPECT_EQ(a.paces[i].first_byte, b.paces[i].first_byte);
  }
}

void expect_same_learning(const Entry& a, const Entry& b) {
  ASSERT_EQ(a.features.size(), b.features.size());
  for (std::size_t i = 0; i < a.features.size(); ++i) {
    EXPECT_EQ(a.features[i].hash, b.features[i].hash);
    EXPECT_EQ(a.features[i].count, b.features[i].count);
    EXPECT_EQ(a.features[i].block, b.features[i].block);
  }
  EXPECT_EQ(a.user, b.user);
  EXPECT_EQ(a.key, b.key);
  EXPECT_EQ(a.exploration.preferred, b.exploration.preferred);
  EXPECT_EQ(a.exploration.propensity, b.exploration.propensity);
  EXPECT_EQ(a.recalled.decision, b.recalled.decision);
  EXPECT_EQ(a.recalled.category, b.recalled.category);
  EXPECT_EQ(a.recalled.likeness, b.recalled.likeness);
  EXPECT_EQ(a.recalled.memory, b.recalled.memory);
  EXPECT_EQ(a.passage, b.passage);
  EXPECT_EQ(a.usage.cache_write_tokens, b.usage.cache_write_tokens);
  EXPECT_EQ(a.context, b.context);
}

void expect_same_request(const Entry& a, const Entry& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.started, b.started);
  EXPECT_EQ(a.requested_model, b.requested_model);
  EXPECT_EQ(a.route_header, b.route_header);
  EXPECT_EQ(a.conversation, b.conversation);
  EXPECT_EQ(a.text_hash, b.text_hash);
  EXPECT_EQ(a.text, b.text);
  EXPECT_EQ(a.capabilities, b.capabilities);
  EXPECT_EQ(a.input_tokens_estimate, b.input_tokens_estimate);
  EXPECT_EQ(a.output_tokens_limit, b.output_tokens_limit);
  EXPECT_EQ(a.stream, b.stream);
  EXPECT_EQ(a.tool_result_turn, b.tool_result_turn);
  EXPECT_EQ(a.probabilities, b.probabilities);
  EXPECT_EQ(a.rule_hits, b.rule_hits);
  EXPECT_EQ(a.encoder, b.encoder);
  EXPECT_EQ(a.encoder_time, b.encoder_time);
  expect_same_consultation(a.consultation, b.consultation);
  expect_same_order(a.order, b.order);
  EXPECT_EQ(a.unavailable, b.unavailable);
  EXPECT_EQ(a.category, b.category);
  EXPECT_EQ(a.probability, b.probability);
  EXPECT_EQ(a.threshold, b.threshold);
  EXPECT_EQ(a.stage, b.stage);
  EXPECT_EQ(a.reason, b.reason);
  EXPECT_EQ(a.candidates, b.candidates);
  EXPECT_EQ(a.policy_version, b.policy_version);
  EXPECT_EQ(a.classifier_version, b.classifier_version);
}

void expect_same_outcome(const Entry& a, const Entry& b) {
  ASSERT_EQ(a.attempts.size(), b.attempts.size());
  for (std::size_t i = 0; i < a.attempts.size(); ++i) {
    EXPECT_EQ(a.attempts[i].model, b.attempts[i].model);
    EXPECT_EQ(a.attempts[i].provider, b.attempts[i].provider);
    EXPECT_EQ(a.attempts[i].status, b.attempts[i].status);
    EXPECT_EQ(a.attempts[i].error, b.attempts[i].error);
    EXPECT_EQ(a.attempts[i].first_byte, b.attempts[i].first_byte);
    expect_same_judgement(a.attempts[i].judged, b.attempts[i].judged);
  }
  EXPECT_EQ(a.model, b.model);
  EXPECT_EQ(a.provider, b.provider);
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(a.outcome, b.outcome);
  EXPECT_EQ(a.error, b.error);
  EXPECT_EQ(a.usage.input_tokens, b.usage.input_tokens);
  EXPECT_EQ(a.usage.cached_input_tokens, b.usage.cached_input_tokens);
  EXPECT_EQ(a.usage.output_tokens, b.usage.output_tokens);
  EXPECT_EQ(a.usage.reasoning_tokens, b.usage.reasoning_tokens);
  EXPECT_EQ(a.cost, b.cost);
  EXPECT_EQ(a.baseline_cost, b.baseline_cost);
  EXPECT_EQ(a.classify_time, b.classify_time);
  EXPECT_EQ(a.overhead, b.overhead);
  EXPECT_EQ(a.first_byte, b.first_byte);
  EXPECT_EQ(a.total, b.total);
  EXPECT_EQ(a.request_bytes, b.request_bytes);
  EXPECT_EQ(a.response_bytes, b.response_bytes);
  EXPECT_EQ(a.truncated, b.truncated);
}

TEST(EntryCodec, GivesBackEveryFieldOfRandomEntries) {
  base::Rng rng(1);
  base::UuidGenerator ids(2);
  for (int i = 0; i < 500; ++i) {
    const Entry entry = test::random_entry(rng, ids.next(base::WallTime(std::chrono::hours(400'000))));
    const auto decoded = decode(encoded(entry));
    ASSERT_TRUE(decoded.has_value()) << decoded.error().place();
    expect_same_request(entry, *decoded);
    expect_same_learning(entry, *decoded);
    expect_same_outcome(entry, *decoded);
    ASSERT_FALSE(HasFailure()) << "entry " << i;
  }
}

TEST(EntryCodec, SummaryAgreesWithTheWholeEntry) {
  base::Rng rng(3);
  base::UuidGenerator ids(4);
  for (int i = 0; i < 100; ++i) {
    const Entry entry = test::random_entry(rng, ids.next(base::WallTime(std::chrono::hours(400'000))));
    const std::string record = encoded(entry);
    const auto summary = decode_summary(record);
    ASSERT_TRUE(summary.has_value());
    EXPECT_EQ(summary->id, entry.id);
    EXPECT_EQ(summary->outcome, entry.outcome);
    EXPECT_EQ(summary->stage, entry.stage);
    EXPECT_EQ(summary->category, entry.category);
    EXPECT_EQ(summary->model, entry.model);
    EXPECT_EQ(summary->usage.output_tokens, entry.usage.output_tokens);
    EXPECT_EQ(summary->cost, entry.cost);
    EXPECT_EQ(summary->baseline_cost, entry.baseline_cost);
    EXPECT_EQ(summary->total, entry.total);
  }
}

TEST(EntryCodec, WithoutItsFeaturesAnEntryIsTheSameButForThem) {
  base::Rng rng(8);
  base::UuidGenerator ids(9);
  for (int i = 0; i < 500; ++i) {
    Entry entry = test::random_entry(rng, ids.next(base::WallTime(std::chrono::hours(400'000))));
    const auto decoded = decode_without_features(encoded(entry));
    ASSERT_TRUE(decoded.has_value()) << decoded.error().place();
    EXPECT_TRUE(decoded->features.empty());
    entry.features.clear();
    ASSERT_EQ(encoded(*decoded), encoded(entry)) << "entry " << i;
  }
}

TEST(EntryCodec, WithoutItsFeaturesAPrefixIsRefusedAllTheSame) {
  Entry entry = test::typical_entry({});
  entry.features.assign(3, {.hash = 0x80808080, .count = 5000, .block = text::Block::kChars});
  const std::string record = encoded(entry);
  for (std::size_t size = 0; size < record.size(); ++size) {
    EXPECT_FALSE(decode_without_features(std::string_view(record).substr(0, size)).has_value()) << size;
  }
}

TEST(EntryCodec, RefusesEveryProperPrefix) {
  base::Rng rng(5);
  const std::string record = encoded(test::random_entry(rng, base::Uuid::at(base::WallTime(std::chrono::hours(9)))));
  for (std::size_t size = 0; size < record.size(); ++size) {
    const auto decoded = decode(std::string_view(record).substr(0, size));
    ASSERT_FALSE(decoded.has_value()) << size;
    EXPECT_EQ(decoded.error().code(), base::ErrorCode::kCorrupt);
    EXPECT_FALSE(decoded.error().place().empty());
  }
}

TEST(EntryCodec, SurvivesRandomDamageAndStaysCanonicalWhenItStillReads) {
  base::Rng rng(6);
  base::UuidGenerator ids(7);
  for (int i = 0; i < 5000; ++i) {
    std::string record = encoded(test::random_entry(rng, ids.next(base::WallTime(std::chrono::hours(9)))));
    for (std::uint64_t n = 1 + rng.below(4); n > 0; --n) {
      record[rng.below(record.size())] = static_cast<char>(rng.next());
    }
    const auto decoded = decode(record);
    if (!decoded) continue;
    const std::string again = encoded(*decoded);
    const auto twice = decode(again);
    ASSERT_TRUE(twice.has_value());
    EXPECT_EQ(encoded(*twice), again);
  }
}

TEST(EntryCodec, RefusesAVersionItDoesNotKnow) {
  std::string record = encoded(Entry{});
  record[0] = kRecordVersion + 1;
  const auto decoded = decode(record);
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().code(), base::ErrorCode::kUnsupported);
}

TEST(EntryCodec, WritesTheOldestVersionThatHoldsTheEntry) {
  Entry entry;
  EXPECT_EQ(encoded(entry)[0], 1);
  entry.encoder = "used";
  entry.encoder_time = std::chrono::microseconds(812);
  const std::string record = encoded(entry);
  EXPECT_EQ(record[0], 2);
  const auto decoded = decode(record);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->encoder, "used");
  EXPECT_EQ(decoded->encoder_time.count(), 812);
  entry.consultation.outcome = "late";
  const std::string asked = encoded(entry);
  EXPECT_EQ(asked[0], 3);
  EXPECT_EQ(decode(asked)->consultation.outcome, "late");
  entry.order.strategy = "split";
  const std::string ordered = encoded(entry);
  EXPECT_EQ(ordered[0], 4);
  EXPECT_EQ(decode(ordered)->order.strategy, "split");
  entry.user = 7;
  const std::string known = encoded(entry);
  EXPECT_EQ(known[0], 5);
  EXPECT_EQ(decode(known)->user, 7U);
  Entry recalled = entry;
  recalled.recalled = {.decision = "d", .likeness = 0.93F};
  EXPECT_EQ(encoded(recalled)[0], 6);
  EXPECT_EQ(decode(encoded(recalled))->recalled.likeness, 0.93F);
  entry.context = "shall I cancel it?";
  EXPECT_EQ(encoded(entry)[0], 6);
  EXPECT_EQ(decode(encoded(entry))->context, entry.context);
  Entry crossed = entry;
  crossed.passage = {.client = "messages", .losses = {"top_k"}};
  EXPECT_EQ(encoded(crossed)[0], 7);
  EXPECT_EQ(decode(encoded(crossed))->passage, crossed.passage);
  entry.usage.cache_write_tokens = 12;
  EXPECT_EQ(encoded(entry)[0], 7);
  EXPECT_EQ(decode(encoded(entry))->usage.cache_write_tokens, 12);
}

TEST(EntryCodec, KeepsWhatBecameOfAnAnswerWhateverTheOrderOfTheCandidates) {
  Entry entry = test::typical_entry({});  // by price
  entry.attempts.front().judged.worth = "speculation_cancelled";
  entry.attempts.front().judged.discarded = true;
  const auto decoded = decode(encoded(entry));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->attempts.front().judged.worth, "speculation_cancelled");
  EXPECT_TRUE(decoded->attempts.front().judged.discarded);
}

TEST(EntryCodec, KeepsAllFeaturesOrNone) {
  Entry entry = test::typical_entry({});
  entry.text.assign(3000, 't');
  entry.features.assign(Entry::kMaxFeatures, {.hash = 0xffffffff, .count = 1, .block = text::Block::kChars});
  const auto kept = decode(encoded(entry, 8192));
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(kept->features.size(), entry.features.size()) << "the text makes room first";
  EXPECT_TRUE(kept->truncated);
  const auto without = decode(encoded(entry, 4096));
  ASSERT_TRUE(without.has_value());
  EXPECT_TRUE(without->features.empty());
  EXPECT_TRUE(without->truncated);
  EXPECT_EQ(without->candidates, entry.candidates);
}

TEST(EntryCodec, FillsItsBufferToTheLastByte) {
  Entry entry = test::typical_entry({});
  entry.text.assign(1000, 't');
  entry.features.assign(900, {.hash = 0xffffffff, .count = 1, .block = text::Block::kChars});
  const std::string record = encoded(entry);
  ASSERT_GT(record.size(), kMinRecordCapacity);
  EXPECT_FALSE(decode(encoded(entry, record.size()))->truncated);
  EXPECT_TRUE(decode(encoded(entry, record.size() - 1))->truncated);
}

TEST(EntryCodec, RefusesANewerVersionThanTheEntryNeeds) {
  Entry entry;
  entry.encoder = "used";
  std::string record = encoded(entry);
  const std::size_t outcome = record.find("used");
  record[outcome - 1] = 0;
  record.erase(outcome, 4);
  const auto decoded = decode(record);
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().place(), "version");
}

TEST(EntryCodec, RefusesTrailingBytes) {
  const auto decoded = decode(encoded(Entry{}) + "x");
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().place(), "end");
}

TEST(EntryCodec, CutsTheTextFirstAndAtACharacterBoundary) {
  Entry entry = test::typical_entry({});
  for (int i = 0; i < 5000; ++i) entry.text += "é";
  entry.text.insert(0, "x");
  const std::string record = encoded(entry, 4096);
  const auto decoded = decode(record);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_TRUE(decoded->truncated);
  EXPECT_EQ(decoded->text.size() % 2, 1U) << "ends between two-byte characters";
  EXPECT_TRUE(entry.text.starts_with(decoded->text));
  EXPECT_GT(record.size(), 4096U - 16) << "keeps as much of the text as fits";
  EXPECT_EQ(decoded->candidates, entry.candidates);
}

TEST(EntryCodec, CutsListsAndStringsWhenDroppingTheTextIsNotEnough) {
  Entry entry = test::typical_entry({});
  entry.requested_model.assign(100'000, 'm');
  entry.candidates.assign(1000, std::string(300, 'c'));
  const auto decoded = decode(encoded(entry, 16384));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_TRUE(decoded->truncated);
  EXPECT_EQ(decoded->candidates, std::vector<std::string>(32, std::string(256, 'c')));
  EXPECT_EQ(decoded->requested_model, std::string(256, 'm'));
  EXPECT_EQ(decoded->policy_version, entry.policy_version);
}

TEST(EntryCodec, AnyEntryFitsTheSmallestCapacity) {
  Entry entry;
  const std::string huge(100'000, 'x');
  for (std::string* one :
       {&entry.requested_model, &entry.route_header, &entry.text, &entry.category, &entry.stage, &entry.reason,
        &entry.policy_version, &entry.classifier_version, &entry.model, &entry.provider, &entry.error, &entry.context,
        &entry.recalled.decision, &entry.recalled.category, &entry.recalled.memory}) {
    *one = huge;
  }
  entry.rule_hits = entry.unavailable = entry.candidates = std::vector<std::string>(50, huge);
  entry.probabilities.assign(10'000, 0.5F);
  const std::chrono::microseconds longest(std::numeric_limits<std::int64_t>::min());
  entry.attempts.assign(50, {huge, huge, std::numeric_limits<int>::min(), huge, longest});
  entry.usage = {longest.count(), longest.count(), longest.count(), longest.count()};
  entry.cost = entry.baseline_cost = base::Money{longest.count()};
  entry.classify_time = entry.overhead = entry.first_byte = entry.total = longest;
  entry.request_bytes = entry.response_bytes = std::numeric_limits<std::uint64_t>::max();
  const std::string record = encoded(entry, kMinRecordCapacity);
  const auto decoded = decode(record);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_TRUE(decoded->truncated);
  EXPECT_EQ(decoded->attempts.size(), 4U);
}

TEST(EntryCodec, AnEntryWithEverythingFitsTheSmallestBuffer) {
  const std::string huge(100'000, 'x');
  const std::vector<std::string> many(50, huge);
  const std::int64_t least = std::numeric_limits<std::int64_t>::min();
  const std::chrono::microseconds longest(least);
  Entry entry;
  for (std::string* const one : {&entry.requested_model,
                                 &entry.route_header,
                                 &entry.text,
                                 &entry.category,
                                 &entry.stage,
                                 &entry.reason,
                                 &entry.policy_version,
                                 &entry.classifier_version,
                                 &entry.model,
                                 &entry.provider,
                                 &entry.error,
                                 &entry.context,
                                 &entry.key,
                                 &entry.encoder,
                                 &entry.recalled.decision,
                                 &entry.recalled.category,
                                 &entry.recalled.memory,
                                 &entry.consultation.outcome,
                                 &entry.consultation.model,
                                 &entry.consultation.prompt_version,
                                 &entry.consultation.source,
                                 &entry.order.strategy,
                                 &entry.order.drawn,
                                 &entry.exploration.preferred}) {
    *one = huge;
  }
  entry.rule_hits = entry.unavailable = entry.candidates = many;
  entry.probabilities = entry.consultation.probabilities = std::vector<float>(10'000, 0.5F);
  entry.attempts.assign(50, {huge, huge, std::numeric_limits<int>::min(), huge, longest});
  entry.usage = {least, least, least, least, least};
  entry.cost = entry.baseline_cost = entry.consultation.cost = base::Money{least};
  entry.consultation.usage = entry.usage;
  for (Attempt& one : entry.attempts) one.judged = {.worth = huge, .usage = entry.usage, .cost = entry.cost};
  entry.classify_time = entry.overhead = entry.first_byte = entry.total = entry.encoder_time = longest;
  entry.request_bytes = entry.response_bytes = std::numeric_limits<std::uint64_t>::max();
  entry.passage = {huge, huge, many, true, std::numeric_limits<std::uint64_t>::max(), huge};
  const auto decoded = decode(encoded(entry, kMinRecordCapacity));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_TRUE(decoded->truncated);
  EXPECT_EQ(decoded->usage.cache_write_tokens, least);
}

TEST(RecordIo, VarintsAndZigzagCoverTheWholeRange) {
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{63}, std::int64_t{64}, std::numeric_limits<std::int64_t>::min(),
        std::numeric_limits<std::int64_t>::max()}) {
    char buffer[16];
    Writer out(buffer);
    out.varint(zigzag(value));
    Sizer sizer;
    sizer.varint(zigzag(value));
    EXPECT_EQ(sizer.size(), out.size());
    Reader in(std::string_view(buffer, out.size()));
    EXPECT_EQ(unzigzag(in.varint("v")), value);
    EXPECT_FALSE(in.failed());
  }
}

TEST(RecordIo, APairIsFourBytesAndAVarint) {
  for (const std::uint32_t value : {0U, 127U, 128U, 16'383U, 16'384U, 0xffffffffU}) {
    char buffer[16];
    Writer out(buffer);
    const auto pair_at = [value](std::size_t) { return std::pair(0xfedcba98U, value); };
    out.pairs(1, pair_at);
    Sizer sizer;
    sizer.pairs(1, pair_at);
    EXPECT_EQ(sizer.size(), out.size());
    RoomySizer room;
    room.pairs(1, pair_at);
    EXPECT_GE(room.size(), out.size());
    const std::string_view written(buffer, out.size());
    Reader in(written);
    std::uint32_t fixed = 0;
    in.bytes("f", &fixed, sizeof fixed);
    EXPECT_EQ(fixed, 0xfedcba98);
    EXPECT_EQ(in.varint("v"), value);
    EXPECT_EQ(in.rest(), 0U);
    Reader skipping(written);
    skipping.skip_pairs("p", 1);
    EXPECT_FALSE(skipping.failed());
    EXPECT_EQ(skipping.rest(), 0U);
    Reader short_of_one(written);
    short_of_one.skip_pairs("p", 2);
    EXPECT_STREQ(short_of_one.failed_at(), "p");
  }
}

TEST(RecordIo, RefusesAVarintOfMoreThan64Bits) {
  const std::string eleven(10, '\xff');
  Reader in(eleven);
  in.varint("v");
  EXPECT_STREQ(in.failed_at(), "v");
}

}  // namespace
}  // namespace pointsman::ledger
