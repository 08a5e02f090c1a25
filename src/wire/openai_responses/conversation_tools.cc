#include <algorithm>
#include <utility>

#include "json/writer.h"
#include "wire/openai_responses/conversation_reading.h"

namespace pointsman::wire::openai_responses {
void ConversationReading::tools(const Path& at) {
  if (cursor().skip_if_null() || !expect('[', "an array of tools", at)) return;
  std::size_t index = 0;
  for (bool more = cursor().enter_array(); more; more = cursor().next_element()) tool(at.element(index++));
}

void ConversationReading::tool(const Path& at) {
  if (!expect('{', "an object", at) || !room(at)) return;
  const Label label = look_ahead(cursor());
  if (failed()) return;
  if (label.type.is("function")) return function_tool(at);
  if (label.type.is("custom")) return custom_tool(at);
  if (!label.has_type) return refuse("the member \"type\" is required", at.member("type"));
  cursor().skip();
  lose(at.words() + ": " + short_text(label.type), false);
}

void ConversationReading::function_tool(const Path& at) {
  llm::Tool tool;
  for (bool more = cursor().enter_object(); more; more = cursor().next_member()) {
    const json::RawString& key = cursor().key();
    if (key.is("name")) {
      text(tool.name, at.member("name"));
    } else if (key.is("description")) {
      text(tool.description, at.member("description"));
    } else if (key.is("parameters")) {
      object(tool.schema, at.member("parameters"));
    } else if (key.is("strict")) {
      flag(tool.strict, at.member("strict"));
    } else if (key.is("type")) {
      cursor().skip();
    } else {
      drop_unknown(at);
    }
  }
  if (tool.name.empty()) return refuse("the member \"name\" is required", at.member("name"));
  out_.tools.push_back(std::move(tool));
}

void ConversationReading::custom_tool(const Path& at) {
  llm::Tool tool;
  tool.custom = true;
  for (bool more = cursor().enter_object(); more; more = cursor().next_member()) {
    const json::RawString& key = cursor().key();
    if (key.is("name")) {
      text(tool.name, at.member("name"));
    } else if (key.is("description")) {
      text(tool.description, at.member("description"));
    } else if (key.is("format")) {
      custom_format(at.member("format"), tool);
    } else if (key.is("type")) {
      cursor().skip();
    } else {
      drop_unknown(at);
    }
  }
  if (tool.name.empty()) return refuse("the member \"name\" is required", at.member("name"));
  out_.tools.push_back(std::move(tool));
}

// {"type":"text"} or {"type":"grammar","syntax":"lark","definition":"..."}; of the grammar, its inside is kept.
void ConversationReading::custom_format(const Path& at, llm::Tool& tool) {
  if (cursor().skip_if_null() || !expect('{', "an object", at)) return;
  const Label label = look_ahead(cursor());
  std::string syntax, definition;
  for (bool more = cursor().enter_object(); more; more = cursor().next_member()) {
    const json::RawString& key = cursor().key();
    if (key.is("syntax")) {
      text(syntax, at.member("syntax"));
    } else if (key.is("definition")) {
      text(definition, at.member("definition"));
    } else if (key.is("type")) {
      cursor().skip();
    } else {
      drop_unknown(at);
    }
  }
  if (failed() || label.type.is("text")) return;
  if (!label.type.is("grammar")) return lose(at.words() + ": " + short_text(label.type), false);
  json::Writer writer(tool.format);
  writer.begin_object().member("syntax", syntax).member("definition", definition).end_object();
}

void ConversationReading::tool_choice(const Path& at) {
  if (cursor().skip_if_null()) return;
  json::RawString word;
  if (cursor().read_string(word)) {
    if (word.is("auto")) {
      out_.tool_choice = llm::ToolChoice::kAuto;
    } else if (word.is("none")) {
      out_.tool_choice = llm::ToolChoice::kNone;
    } else if (word.is("required")) {
      out_.tool_choice = llm::ToolChoice::kRequired;
    } else {
      refuse("must be \"auto\", \"none\", \"required\" or an object", at);
    }
    return;
  }
  if (!expect('{', "a string or an object", at)) return;
  const Label label = look_ahead(cursor());
  if (failed()) return;
  if (label.type.is("function") || label.type.is("custom")) return named_tool(at);
  if (label.type.is("allowed_tools")) return allowed_tools(at);
  cursor().skip();
  lose(at.words() + ": " + short_text(label.type), false);
}

void ConversationReading::named_tool(const Path& at) {
  out_.tool_choice = llm::ToolChoice::kNamed;
  for (bool more = cursor().enter_object(); more; more = cursor().next_member()) {
    if (cursor().key_is("name")) {
      text(out_.tool_name, at.member("name"));
    } else if (cursor().key_is("type")) {
      cursor().skip();
    } else {
      drop_unknown(at);
    }
  }
  if (out_.tool_name.empty()) refuse("the member \"name\" is required", at.member("name"));
}

// {"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"f"}]}: a choice among some of the tools is
// that choice with only these.
void ConversationReading::allowed_tools(const Path& at) {
  only_allowed_ = true;
  std::string mode;
  for (bool more = cursor().enter_object(); more; more = cursor().next_member()) {
    const Path list = at.member("tools");
    if (cursor().key_is("mode")) {
      text(mode, at.member("mode"));
    } else if (cursor().key_is("tools") && expect('[', "an array of tools", list)) {
      std::size_t index = 0;
      for (bool other = cursor().enter_array(); other; other = cursor().next_element()) {
        const Path here = list.element(index++);
        if (!expect('{', "an object", here) || !room(here)) return;
        std::string name;
        for (bool member = cursor().enter_object(); member; member = cursor().next_member()) {
          if (cursor().key_is("name")) {
            text(name, here.member("name"));
          } else {
            cursor().skip();
          }
        }
        allowed_.push_back(std::move(name));
      }
    } else if (cursor().key_is("type")) {
      cursor().skip();
    } else {
      drop_unknown(at);
    }
  }
  out_.tool_choice = mode == "required" ? llm::ToolChoice::kRequired : llm::ToolChoice::kAuto;
}

void ConversationReading::allow_only(const Path& at) {
  std::ranges::sort(allowed_);
  std::erase_if(out_.tools, [this](const llm::Tool& tool) { return !std::ranges::binary_search(allowed_, tool.name); });
  if (!out_.tools.empty()) return;
  if (out_.tool_choice == llm::ToolChoice::kRequired) return refuse("none of these tools is among \"tools\"", at);
  out_.tool_choice = llm::ToolChoice::kUnset;
}

// "text": the format of the answer and how long-winded it may be.
void ConversationReading::answer_text(const Path& at) {
  if (cursor().skip_if_null() || !expect('{', "an object", at)) return;
  for (bool more = cursor().enter_object(); more; more = cursor().next_member()) {
    if (cursor().key_is("format")) {
      answer_format(at.member("format"));
    } else if (cursor().key_is("verbosity")) {
      text(out_.verbosity, at.member("verbosity"));
    } else {
      drop_unknown(at);
    }
  }
}

void ConversationReading::answer_format(const Path& at) {
  if (cursor().skip_if_null() || !expect('{', "an object", at)) return;
  llm::ResponseFormat format;
  std::string type;
  for (bool more = cursor().enter_object(); more; more = cursor().next_member()) {
    const json::RawString& key = cursor().key();
    if (key.is("type")) {
      text(type, at.member("type"));
    } else if (key.is("name")) {
      text(format.name, at.member("name"));
    } else if (key.is("description")) {
      text(format.description, at.member("description"));
    } else if (key.is("schema")) {
      object(format.schema, at.member("schema"));
    } else if (key.is("strict")) {
      flag(format.strict, at.member("strict"));
    } else {
      drop_unknown(at);
    }
  }
  if (type == "json_schema") {
    format.kind = llm::Format::kJsonSchema;
    if (format.schema.empty()) return refuse("the member \"schema\" is required", at.member("schema"));
  } else if (type == "json_object") {
    format.kind = llm::Format::kJsonObject;
  } else if (type != "text") {
    return refuse("must be \"text\", \"json_schema\" or \"json_object\"", at.member("type"));
  }
  out_.format = std::move(format);
}

}  // namespace pointsman::wire::openai_responses
