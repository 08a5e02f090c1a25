#include "ledger_postgres/calibrations.h"

#include <map>
#include <tuple>

namespace pointsman::ledger_postgres {

using base::Result;

Result<void> put_calibrations(Session& session, const std::vector<ledger::KeptCalibration>& changed) {
  // A statement must not change a row twice, and changes rows in their order, as those of other replicas do.
  std::map<std::tuple<std::string, std::string, std::string>, std::string> last;
  for (const ledger::KeptCalibration& one : changed) last[{one.provider, one.model, one.measure}] = one.state;
  Array provider(Type::kText);
  Array model(Type::kText);
  Array measure(Type::kText);
  Array state(Type::kText);
  for (const auto& [place, text] : last) {
    provider.text(std::get<0>(place));
    model.text(std::get<1>(place));
    measure.text(std::get<2>(place));
    state.text(text);
  }
  PM_CHECK(
      session.write("INSERT INTO calibrations(provider, model, measure, state) "
                    "SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) "
                    "ON CONFLICT (provider, model, measure) DO UPDATE SET state = excluded.state",
                    Params().array(provider).array(model).array(measure).array(state)));
  return {};
}

Result<std::vector<ledger::KeptCalibration>> read_calibrations(Session& session) {
  PM_TRY(const Rows rows,
         session.read("SELECT provider, model, measure, state FROM calibrations ORDER BY provider, model, measure"));
  std::vector<ledger::KeptCalibration> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    out.push_back({rows.text(i, 0), rows.text(i, 1), rows.text(i, 2), rows.text(i, 3)});
  }
  return out;
}

}  // namespace pointsman::ledger_postgres
