#include "wire/openai_chat/models_body.h"

#include "json/writer.h"

namespace pointsman::wire::openai_chat {

void write_models_body(std::span<const ModelItem> models, std::string& out) {
  json::Writer writer(out);
  writer.begin_object().member("object", "list").key("data").begin_array();
  for (const ModelItem& model : models) {
    writer.begin_object().member("id", model.name).member("object", "model");
    writer.member("created", model.created).member("owned_by", model.owner).end_object();
  }
  writer.end_array().end_object();
}

}  // namespace pointsman::wire::openai_chat
