#include "json/schema.h"

#include "json/schema/compiler.h"

namespace pointsman::json {

base::Result<std::shared_ptr<const Schema>> Schema::compile(std::string_view text, const SchemaOptions& options) {
  schema::Library library(options.others, options.max_bytes);
  PM_CHECK(library.open(text));
  PM_TRY(std::unique_ptr<schema::Program> program, schema::Compiler(library, options).run());
  return std::make_shared<const Schema>(std::move(program));
}

Schema::Schema(std::unique_ptr<const schema::Program> program) : program_(std::move(program)) {}
Schema::~Schema() = default;

std::span<const Unenforced> Schema::unenforced() const {
  return program_->unenforced;
}

}  // namespace pointsman::json
