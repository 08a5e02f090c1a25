#include "wire/openai_responses/stream_writer.h"

#include <utility>
#include <vector>

#include "wire/loss_set.h"
#include "wire/openai_responses/error_body.h"
#include "wire/openai_responses/logprobs.h"
#include "wire/openai_responses/response_object.h"
#include "wire/openai_responses/sealed.h"
#include "wire/openai_responses/writer_losses.h"

namespace pointsman::wire::openai_responses {
namespace {

using llm::StreamEvent;
using llm::StreamEventKind;

// What the events about one kind of content are called.
struct Names {
  std::string_view delta;
  std::string_view done;
  std::string_view text;  // the member of `done` that holds it all
};

Names names_of(ContentKind kind, ItemKind item) {
  switch (kind) {
    case ContentKind::kText:
      return {"response.output_text.delta", "response.output_text.done", "text"};
    case ContentKind::kRefusal:
      return {"response.refusal.delta", "response.refusal.done", "refusal"};
    case ContentKind::kReasoningText:
      return {"response.reasoning_text.delta", "response.reasoning_text.done", "text"};
    case ContentKind::kSummary:
      return {"response.reasoning_summary_text.delta", "response.reasoning_summary_text.done", "text"};
    case ContentKind::kInput:
      break;
  }
  if (item == ItemKind::kCustomCall) {
    return {"response.custom_tool_call_input.delta", "response.custom_tool_call_input.done", "input"};
  }
  return {"response.function_call_arguments.delta", "response.function_call_arguments.done", "arguments"};
}

class Writing final : public llm::StreamWriter {
 public:
  explicit Writing(const llm::AnswerContext& context)
      : echo_(read_echo(context.request)), own_id_(context.id), model_(context.model), created_(context.created) {}

  void take(const StreamEvent& event) override;
  std::string& out() override { return out_; }
  const llm::Losses& losses() const override { return losses_.all(); }

 private:
  using Place = OutputItems::Place;
  // Where in out_ the event of the text that came last has its empty list of log probabilities.
  struct LastText {
    std::size_t list = 0;
    std::size_t end = 0;  // of the event: nothing came since then
    Place place;
    bool bare = false;
  };
  // A part of the neutral answer and where it went.
  struct Part {
    std::uint32_t number = 0;
    Place place;
  };

  void begin(const StreamEvent& event);
  void begin_part(const StreamEvent& event);
  void more(const StreamEvent& event);
  void sign(const StreamEvent& event);
  void end_part(const StreamEvent& event);
  void logprobs(const StreamEvent& event);
  void stop(const StreamEvent& event);
  void fail(const StreamEvent& event);
  void end();

  const Part* find(const StreamEvent& event) const;
  void end_content(Place place);
  void end_item(std::size_t index, std::string_view status);
  void end_items(std::string_view status_of_last);
  void content_event(std::string_view type, Place place);
  void response_event(std::string_view type, const Ending& ending, const llm::AnswerError* error);

  template <class WriteMembers>
  void event(std::string_view type, WriteMembers write_members);

  Echo echo_;
  std::string own_id_;
  std::string id_;
  std::string model_;
  std::int64_t created_;
  std::string out_;
  LossSet losses_;
  json::Document document_;
  OutputItems items_;
  std::vector<Part> open_;  // parts that have not ended
  std::string pending_logprobs_;
  LastText last_text_;
  llm::Usage usage_;
  llm::StopReason stop_ = llm::StopReason::kUnknown;
  std::uint64_t sequence_ = 0;
  bool begun_ = false;
  bool over_ = false;
  bool refused_ = false;
};

template <class WriteMembers>
void Writing::event(std::string_view type, WriteMembers write_members) {
  last_text_ = {};
  out_.append("event: ").append(type).append("\ndata: ");
  {
    json::Writer writer(out_);
    writer.begin_object().member("type", type).member("sequence_number", sequence_++);
    write_members(writer);
    writer.end_object();
  }
  out_ += "\n\n";
}

void Writing::take(const StreamEvent& event) {
  if (over_) return;
  if (!begun_) begin(event);
  if (event.usage != nullptr) usage_ = *event.usage;
  if (event.choice != 0) return losses_.major(kChoicesLoss);
  switch (event.kind) {
    case StreamEventKind::kBegin:
    case StreamEventKind::kUsage:
      return;
    case StreamEventKind::kPartBegin:
      return begin_part(event);
    case StreamEventKind::kText:
      return more(event);
    case StreamEventKind::kSignature:
      return sign(event);
    case StreamEventKind::kPartEnd:
      return end_part(event);
    case StreamEventKind::kLogprobs:
      return logprobs(event);
    case StreamEventKind::kStop:
      return stop(event);
    case StreamEventKind::kError:
      return fail(event);
    case StreamEventKind::kEnd:
      return end();
  }
}

void Writing::begin(const StreamEvent& event) {
  begun_ = true;
  const bool named = event.kind == StreamEventKind::kBegin;
  id_ = response_id(named ? event.id : std::string_view(), own_id_);
  items_.name(std::string_view(id_).substr(kResponsePrefix.size()));
  if (named && !event.name.empty()) model_ = event.name;
  if (named && event.created != 0) created_ = event.created;
  response_event("response.created", {"in_progress", {}}, nullptr);
  response_event("response.in_progress", {"in_progress", {}}, nullptr);
}

void Writing::begin_part(const StreamEvent& event) {
  if (!OutputItems::can_hold(event.part_kind)) return losses_.major(part_loss(event.part_kind));
  const std::size_t before = items_.all().size();
  const Place place = items_.add({event.part_kind, event.custom, event.summary, event.id, event.name});
  open_.push_back({event.part, place});
  refused_ = refused_ || event.part_kind == llm::PartKind::kRefusal;
  if (items_.all().size() > before) {
    if (before > 0 && items_.all()[before - 1].open == 0) end_item(before - 1, "completed");
    this->event("response.output_item.added", [&](json::Writer& writer) {
      writer.member("output_index", place.item).key("item");
      write_item(items_.all()[place.item], writer);
    });
  }
  content_event("added", place);
}

const Writing::Part* Writing::find(const StreamEvent& event) const {
  for (std::size_t i = open_.size(); i > 0; --i) {
    if (open_[i - 1].number == event.part) return &open_[i - 1];
  }
  return nullptr;
}

void Writing::more(const StreamEvent& event) {
  const Part* const part = find(event);
  if (part == nullptr || event.text.empty()) return;
  const Place place = part->place;
  Content& content = items_.content(place);
  const Item& item = items_.all()[place.item];
  content.text += event.text;
  this->event(names_of(content.kind, item.kind).delta, [&](json::Writer& writer) {
    writer.member("item_id", std::string_view(item.id)).member("output_index", place.item);
    if (content.kind != ContentKind::kInput) {
      writer.member(content.kind == ContentKind::kSummary ? "summary_index" : "content_index", content.index);
    }
    writer.member("delta", event.text);
    if (content.kind != ContentKind::kText) return;
    const std::string entries = std::exchange(pending_logprobs_, {});
    writer.key("logprobs").raw("[" + entries + "]");
    append_entries(entries, content.logprobs);
    last_text_ = {out_.size() - 1, 0, place, entries.empty()};
  });
  if (content.kind == ContentKind::kText) last_text_.end = out_.size();
}

void Writing::sign(const StreamEvent& event) {
  const Part* const part = find(event);
  if (part == nullptr) return losses_.minor("a late signature of reasoning");
  llm::Part proof;
  (event.opaque ? proof.opaque : proof.signature) = event.text;
  std::string& sealed = items_.all()[part->place.item].encrypted;
  // A signature may come in pieces.
  if (!sealed.empty() && !event.opaque) {
    sealed += event.text;
  } else {
    sealed = seal(proof);
  }
}

void Writing::end_part(const StreamEvent& event) {
  const Part* const part = find(event);
  if (part == nullptr) return;
  const Place place = part->place;
  open_.erase(open_.begin() + (part - open_.data()));
  end_content(place);
  const Item& item = items_.all()[place.item];
  // The last item may have more contents, and whether it is whole is known only at the end.
  if (item.open == 0 && place.item + 1 < items_.all().size()) end_item(place.item, "completed");
}

// Closing events of a content: its text once more, and of messages and reasoning the part.
void Writing::end_content(Place place) {
  Item& item = items_.all()[place.item];
  Content& content = items_.content(place);
  content.open = false;
  --item.open;
  if (content.kind == ContentKind::kText) append_entries(std::exchange(pending_logprobs_, {}), content.logprobs);
  const Names names = names_of(content.kind, item.kind);
  event(names.done, [&](json::Writer& writer) {
    writer.member("item_id", std::string_view(item.id)).member("output_index", place.item);
    if (content.kind != ContentKind::kInput) {
      writer.member(content.kind == ContentKind::kSummary ? "summary_index" : "content_index", content.index);
    } else if (item.kind == ItemKind::kFunctionCall) {
      writer.member("name", std::string_view(item.name));
    }
    if (content.kind == ContentKind::kText) writer.key("logprobs").raw("[" + content.logprobs + "]");
    writer.member(names.text, std::string_view(content.text));
  });
  content_event("done", place);
}

// "response.content_part.added" and its kind.
void Writing::content_event(std::string_view what, Place place) {
  const Content& content = items_.content(place);
  if (content.kind == ContentKind::kInput) return;
  const bool summary = content.kind == ContentKind::kSummary;
  std::string type = summary ? "response.reasoning_summary_part." : "response.content_part.";
  type += what;
  event(type, [&](json::Writer& writer) {
    writer.member("item_id", std::string_view(items_.all()[place.item].id)).member("output_index", place.item);
    writer.member(summary ? "summary_index" : "content_index", content.index).key("part");
    write_content(content, writer);
  });
}

void Writing::end_item(std::size_t index, std::string_view status) {
  Item& item = items_.all()[index];
  if (item.done()) return;
  item.status = status;
  event("response.output_item.done", [&](json::Writer& writer) {
    writer.member("output_index", index).key("item");
    write_item(item, writer);
  });
}

void Writing::end_items(std::string_view status_of_last) {
  for (const Part& part : std::exchange(open_, {})) end_content(part.place);
  for (std::size_t i = 0; i < items_.all().size(); ++i) {
    const bool last = i + 1 == items_.all().size();
    end_item(i, last ? status_of_last : "completed");
  }
}

// They belong to the text before them, whose event is made to hold them unless it is gone. Then they go with the next.
void Writing::logprobs(const StreamEvent& event) {
  if (event.part_kind == llm::PartKind::kRefusal) return losses_.minor(kLogprobsLoss);
  const std::string entries = entries_of(event.text, document_);
  const bool there = last_text_.end != 0 && last_text_.end == out_.size() && last_text_.bare;
  if (!there) return append_entries(entries, pending_logprobs_);
  out_.insert(last_text_.list, entries);
  append_entries(entries, items_.content(last_text_.place).logprobs);
  last_text_ = {};
}

void Writing::stop(const StreamEvent& event) {
  stop_ = event.stop;
  if (stop_ == llm::StopReason::kPause) losses_.major(kPauseLoss);
  if (stop_ == llm::StopReason::kStopSequence) losses_.minor(kStopSequenceLoss);
  end_items(ending_of(stop_, refused_).status);
}

void Writing::fail(const StreamEvent& event) {
  last_text_ = {};
  const llm::AnswerError unknown{"the provider broke off", {}, {}};
  const llm::AnswerError& error = event.error == nullptr ? unknown : *event.error;
  over_ = true;
  write_error_event(error, sequence_++, out_);
  for (Item& item : items_.all()) {
    if (!item.done()) item.status = "incomplete";
  }
  response_event("response.failed", {"failed", {}}, &error);
}

void Writing::end() {
  const Ending ending = ending_of(stop_, refused_);
  end_items(ending.status);
  if (!usage_.known()) losses_.minor(kUsageLoss);
  if (!pending_logprobs_.empty()) losses_.minor(kLogprobsLoss);
  over_ = true;
  response_event(ending.status == "completed" ? "response.completed" : "response.incomplete", ending, nullptr);
}

void Writing::response_event(std::string_view type, const Ending& ending, const llm::AnswerError* error) {
  ResponseObject response;
  response.id = id_;
  response.model = model_;
  response.created = created_;
  response.ending = ending;
  response.output = items_.all();
  response.error = error;
  // Of a failed response, only what is known.
  if (over_ && (error == nullptr || usage_.known())) response.usage = &usage_;
  event(type, [&](json::Writer& writer) {
    writer.key("response");
    write_response(response, echo_, writer);
  });
}

}  // namespace

std::unique_ptr<llm::StreamWriter> make_stream_writer(const llm::AnswerContext& context) {
  return std::make_unique<Writing>(context);
}

}  // namespace pointsman::wire::openai_responses
