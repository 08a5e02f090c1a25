// `pointsman report`: a period as one HTML page, for whoever does not open a dashboard (admin/report_page.h).
// Main thread. Reads the ledger beside a gateway that may be writing it.
#pragma once

#include "cli/context.h"

namespace CLI {
class App;
}

namespace pointsman::app {

void add_report_command(CLI::App& app, cli::Context& context);

}  // namespace pointsman::app
