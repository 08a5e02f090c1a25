// WordPiece::from_tokenizer_json: the serialised form of a pipeline of the library `tokenizers`.
//
// Only one pipeline is ours, so every step of another kind is refused where it stands. "truncation" and "padding" say
// how batches are made, "decoder" how text is made of ids: they are not read.
#include <algorithm>
#include <optional>
#include <span>

#include "encode/json_reader.h"
#include "encode/wordpiece.h"

namespace pointsman::encode {
namespace {

using base::ErrorCode;
using base::Result;

constexpr std::size_t kMaxBytes = std::size_t{32} << 20U;

class TokenizerReader {
 public:
  TokenizerReader() : json_(kMaxBytes) { options_.begin = options_.end = ""; }

  Result<WordPiece> read(std::string_view text, const WordPieceOverrides& overrides) {
    PM_CHECK(json_.open(text));
    PM_CHECK(json_.members([this](std::string_view name) -> Result<void> {
      if (name == "added_tokens") return json_.null() ? Result<void>() : added_tokens();
      if (name == "normalizer") return normalizer();
      if (name == "pre_tokenizer") return pre_tokenizer();
      if (name == "post_processor") return json_.null() ? Result<void>() : post_processor();
      if (name == "model") return model();
      return json_.skip();
    }));
    PM_CHECK(json_.finish());
    if (!has_normalizer_) return missing("/normalizer", "a BertNormalizer is needed");
    if (!has_pre_tokenizer_) return missing("/pre_tokenizer", "a BertPreTokenizer is needed");
    if (!has_model_) return missing("/model", "a WordPiece model is needed");
    options_.lowercase = overrides.lowercase.value_or(options_.lowercase);
    options_.space_cjk = overrides.space_cjk.value_or(options_.space_cjk);
    options_.strip_accents = overrides.strip_accents.value_or(strip_accents_).value_or(options_.lowercase);
    return finish();
  }

 private:
  struct End {
    std::string token;
    std::optional<std::uint32_t> id;  // what the post-processor says
    std::string place;
  };

  static std::unexpected<base::Error> missing(std::string place, std::string message) {
    return base::fail(base::Error(ErrorCode::kInvalidArgument, std::move(message)).at(std::move(place)));
  }

  // Checks what needs the whole file: that the same token has the same number everywhere.
  Result<WordPiece> finish() {
    if (const auto indexed = vocabulary_.index(options_.prefix); !indexed) {
      return missing("/model/vocab", indexed.error().message());
    }
    for (const AddedToken& token : added_) {
      const std::uint32_t known = vocabulary_.find(token.text);
      const bool taken = known == Vocabulary::kNone ? !vocabulary_.piece(token.id).empty() : known != token.id;
      if (taken) return missing("/added_tokens", "'" + token.text + "' has another number in the vocabulary");
    }
    for (End* const end : {&begin_, &end_}) PM_CHECK(check_end(*end));
    options_.begin = begin_.token;
    options_.end = end_.token;
    auto out = WordPiece::assemble(std::move(vocabulary_), options_, std::move(added_));
    if (!out) return base::fail(std::move(out).error().at("/model"));
    return out;
  }

  Result<void> check_end(End& end) const {
    if (end.token.empty()) return {};
    if (!end.id) {
      const auto listed = std::ranges::find(template_ids_, end.token, &End::token);
      if (listed == template_ids_.end()) {
        return missing("/post_processor/special_tokens", "'" + end.token + "' is not among them");
      }
      end = *listed;
    }
    if (number_of(end.token) == *end.id) return {};
    return missing(end.place, "'" + end.token + "' has another number in the vocabulary");
  }

  std::uint32_t number_of(std::string_view token) const {
    const auto added = std::ranges::find(added_, token, &AddedToken::text);
    return added != added_.end() ? added->id : vocabulary_.find(token);
  }

  Result<std::uint32_t> piece_number() {
    PM_TRY(const std::size_t id, json_.count(0, Vocabulary::kMaxPieces - 1));
    return static_cast<std::uint32_t>(id);
  }

  Result<void> added_tokens() {
    return json_.elements([this](std::size_t) -> Result<void> {
      AddedToken token;
      bool has_id = false;
      PM_CHECK(json_.members([&](std::string_view name) -> Result<void> {
        if (name == "id") {
          has_id = true;
          PM_TRY(token.id, piece_number());
          return {};
        }
        if (name == "content") {
          PM_TRY(token.text, json_.text());
          if (token.text.find("\xEF\xBF\xBD") != std::string::npos) return json_.refuse("holds U+FFFD");
          return {};
        }
        // White space around a token never makes a word, so "lstrip" and "rstrip" change no number.
        if (name == "single_word" || name == "normalized") return must_be(false);
        return json_.skip();
      }));
      if (!has_id || token.text.empty()) return json_.refuse("must have an id and a content");
      if (token.text.size() > Vocabulary::kMaxPieceBytes) return json_.refuse("is too long", "/content");
      if (std::ranges::find(added_, token.text, &AddedToken::text) != added_.end())
        return json_.refuse("is there twice", "/content");
      added_.push_back(std::move(token));
      return {};
    });
  }

  Result<void> must_be(bool wanted) {
    PM_TRY(const bool given, json_.flag());
    if (given != wanted) return json_.refuse(std::string("only ") + (wanted ? "true" : "false") + " is supported");
    return {};
  }

  // Reads a step {"type": ..., ...}: calls member(name) for what is not the type. Fails if the type is none of `known`.
  template <typename Member>
  Result<std::string> step(std::span<const std::string_view> known, const Member& member) {
    std::string type;
    const std::string_view needed = known.front();
    if (json_.peek() != '{') return json_.refuse("must be a " + std::string(needed));
    PM_CHECK(json_.members([&](std::string_view name) -> Result<void> {
      if (name != "type") return member(name);
      PM_TRY(type, json_.text());
      if (std::ranges::find(known, type) != known.end()) return {};
      return json_.refuse("'" + type + "' is not supported; " + std::string(needed) + " is");
    }));
    return type;
  }

  // A Sequence is followed when what we support is its only step.
  template <typename Read>
  Result<void> only_element(const Read& read) {
    std::size_t seen = 0;
    PM_CHECK(json_.elements([&](std::size_t index) -> Result<void> {
      if (index > 0) return json_.refuse("a sequence of several steps is not supported");
      ++seen;
      return read();
    }));
    if (seen == 0) return json_.refuse("is an empty sequence");
    return {};
  }

  Result<void> normalizer() {
    static constexpr std::string_view kKnown[] = {"BertNormalizer", "Sequence"};
    PM_TRY(const std::string type, step(kKnown, [this](std::string_view name) -> Result<void> {
             if (name == "normalizers") return only_element([this] { return normalizer(); });
             return normalizer_member(name);
           }));
    if (type.empty()) return json_.refuse("has no type");
    if (type == "BertNormalizer") has_normalizer_ = true;
    return {};
  }

  Result<void> normalizer_member(std::string_view name) {
    if (name == "clean_text") return read_flag(options_.clean_text);
    if (name == "handle_chinese_chars") return read_flag(options_.space_cjk);
    if (name == "lowercase") return read_flag(options_.lowercase);
    if (name == "strip_accents") {
      if (json_.null()) return {};
      bool strip = false;
      PM_CHECK(read_flag(strip));
      strip_accents_ = strip;
      return {};
    }
    return json_.refuse("is not a member of a BertNormalizer");
  }

  Result<void> read_flag(bool& out) {
    PM_TRY(out, json_.flag());
    return {};
  }

  Result<void> pre_tokenizer() {
    static constexpr std::string_view kKnown[] = {"BertPreTokenizer", "Sequence"};
    PM_TRY(const std::string type, step(kKnown, [this](std::string_view name) -> Result<void> {
             if (name == "pretokenizers") return only_element([this] { return pre_tokenizer(); });
             return json_.refuse("is not a member of a BertPreTokenizer");
           }));
    if (type.empty()) return json_.refuse("has no type");
    if (type == "BertPreTokenizer") has_pre_tokenizer_ = true;
    return {};
  }

  Result<void> post_processor() {
    static constexpr std::string_view kKnown[] = {"TemplateProcessing", "BertProcessing", "Sequence"};
    PM_TRY(const std::string type, step(kKnown, [this](std::string_view name) -> Result<void> {
             if (name == "single") return template_single();
             if (name == "special_tokens") return template_tokens();
             if (name == "cls") return bert_end(begin_);
             if (name == "sep") return bert_end(end_);
             if (name == "processors") return only_element([this] { return post_processor(); });
             return json_.skip();  // "pair": how two texts are put together
           }));
    if (type.empty()) return json_.refuse("has no type");
    return {};
  }

  // BertProcessing: ["[CLS]", 101].
  Result<void> bert_end(End& end) {
    end.place = json_.pointer();
    return json_.elements([&](std::size_t index) -> Result<void> {
      if (index > 1) return json_.refuse("a token and its number are expected");
      if (index == 0) {
        PM_TRY(end.token, json_.text());
      } else {
        PM_TRY(end.id, piece_number());
      }
      return {};
    });
  }

  // TemplateProcessing: [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
  // ...].
  Result<void> template_single() {
    bool text_seen = false;
    PM_CHECK(json_.elements([&](std::size_t) -> Result<void> {
      return json_.members([&](std::string_view kind) -> Result<void> {
        std::string token;
        PM_CHECK(json_.members([&](std::string_view name) -> Result<void> {
          if (name == "id") {
            PM_TRY(token, json_.text());
            return {};
          }
          if (name == "type_id") return json_.count(0, 0).has_value() ? Result<void>() : only_type_zero();
          return json_.skip();
        }));
        if (kind == "Sequence" && token == "A" && !text_seen) {
          text_seen = true;
          return {};
        }
        End& end = text_seen ? end_ : begin_;
        if (kind != "SpecialToken" || token.empty() || !end.token.empty()) {
          return json_.refuse("only one text with at most one special token on either side is supported");
        }
        end.token = token;
        return {};
      });
    }));
    if (!text_seen) return json_.refuse("has no text in it");
    return {};
  }
  Result<void> only_type_zero() const { return json_.refuse("token types other than 0 are not supported"); }

  // {"[CLS]": {"id": "[CLS]", "ids": [101], "tokens": ["[CLS]"]}, ...}: kept until the template is known.
  Result<void> template_tokens() {
    return json_.members([this](std::string_view token) -> Result<void> {
      std::vector<std::uint32_t> ids;
      PM_CHECK(json_.members([&](std::string_view name) -> Result<void> {
        if (name != "ids") return json_.skip();
        return json_.elements([&](std::size_t) -> Result<void> {
          PM_TRY(const std::uint32_t id, piece_number());
          ids.push_back(id);
          return {};
        });
      }));
      if (ids.size() != 1) return json_.refuse("must stand for exactly one number", "/ids");
      if (template_ids_.size() == kMaxTemplateTokens) return json_.refuse("is one token too many");
      template_ids_.push_back({std::string(token), ids.front(), json_.pointer() + "/ids"});
      return {};
    });
  }

  Result<void> model() {
    static constexpr std::string_view kKnown[] = {"WordPiece"};
    bool has_limit = false;
    has_model_ = true;
    PM_TRY(const std::string type, step(kKnown, [&](std::string_view name) -> Result<void> {
             if (name == "unk_token") {
               PM_TRY(options_.unknown, json_.text());
               return {};
             }
             if (name == "continuing_subword_prefix") {
               PM_TRY(options_.prefix, json_.text());
               return {};
             }
             if (name == "max_input_chars_per_word") {
               has_limit = true;
               PM_TRY(options_.max_word_chars, json_.count(1, WordPiece::kMaxWordChars));
               return {};
             }
             if (name == "vocab") return vocabulary();
             return json_.refuse("is not a member of a WordPiece model");
           }));
    // Old files do not name the model; of all kinds only WordPiece has this limit, and BPE a list of merges.
    if (type.empty() && !has_limit) return json_.refuse("has no type");
    return {};
  }

  Result<void> vocabulary() {
    return json_.members([this](std::string_view piece) -> Result<void> {
      PM_TRY(const std::uint32_t id, piece_number());
      if (const auto added = vocabulary_.add(piece, id); !added) return json_.refuse(added.error().message());
      return {};
    });
  }

  static constexpr std::size_t kMaxTemplateTokens = 64;

  JsonReader json_;
  WordPieceOptions options_;
  Vocabulary vocabulary_;
  std::vector<AddedToken> added_;
  std::optional<bool> strip_accents_;
  bool has_normalizer_ = false;
  bool has_pre_tokenizer_ = false;
  bool has_model_ = false;
  End begin_;
  End end_;
  std::vector<End> template_ids_;
};

}  // namespace

Result<WordPiece> WordPiece::from_tokenizer_json(std::string_view json, const WordPieceOverrides& overrides) {
  TokenizerReader reader;
  return reader.read(json, overrides);
}

}  // namespace pointsman::encode
