#include "ledger_postgres/config_store.h"

#include "ledger_postgres/session.h"

namespace pointsman::ledger_postgres {
namespace {

using base::Result;
using ledger::ConfigDocument;

ConfigDocument document_of(const Rows& rows, std::size_t row) {
  return {.number = rows.integer(row, 0), .at = rows.time(row, 1), .who = rows.text(row, 2), .text = rows.text(row, 3)};
}

class PostgresConfigStore final : public ledger::ConfigStore {
 public:
  explicit PostgresConfigStore(Session session) : session_(std::move(session)) {}

  Result<std::int64_t> put(const ConfigDocument& document) override {
    std::int64_t number = 0;
    PM_CHECK(session_.write(Lock::kConfig, [&](Connection& connection) -> Result<void> {
      PM_TRY(const Rows last, connection.run("SELECT number, at, who, document FROM configurations "
                                             "ORDER BY number DESC LIMIT 1"));
      number = last.empty() ? 0 : last.integer(0, 0);
      if (!last.empty() && last.bytes(0, 3) == document.text) return {};
      ++number;
      PM_CHECK(connection.run("INSERT INTO configurations(number, at, who, document) VALUES($1, $2, $3, $4)",
                              Params().integer(number).time(document.at).bytes(document.who).bytes(document.text)));
      return {};
    }));
    return number;
  }

  Result<std::optional<ConfigDocument>> newest() override {
    PM_TRY(const Rows rows, session_.read("SELECT number, at, who, document FROM configurations "
                                          "ORDER BY number DESC LIMIT 1"));
    if (rows.empty()) return std::nullopt;
    return document_of(rows, 0);
  }

  Result<ConfigDocument> find(std::int64_t number) override {
    PM_TRY(const Rows rows, session_.read("SELECT number, at, who, document FROM configurations WHERE number = $1",
                                          Params().integer(number)));
    if (!rows.empty()) return document_of(rows, 0);
    return base::fail(base::ErrorCode::kNotFound, "there is no configuration " + std::to_string(number));
  }

  Result<std::vector<ConfigDocument>> list(std::size_t limit) override {
    PM_TRY(const Rows rows, session_.read("SELECT number, at, who, ''::bytea FROM configurations "
                                          "ORDER BY number DESC LIMIT $1",
                                          Params().integer(static_cast<std::int64_t>(limit))));
    std::vector<ConfigDocument> out;
    for (std::size_t i = 0; i < rows.size(); ++i) out.push_back(document_of(rows, i));
    return out;
  }

 private:
  Session session_;
};

}  // namespace

Result<std::unique_ptr<ledger::ConfigStore>> open_config_store(Target target) {
  PM_TRY(Session session, Session::open(std::move(target)));
  return std::make_unique<PostgresConfigStore>(std::move(session));
}

}  // namespace pointsman::ledger_postgres
