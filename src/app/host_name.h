// What this machine is called, for those who hear from several gateways.
// Usable from any thread.
#pragma once

#include <string>

namespace pointsman::app {

// "pointsman" where it has no name.
std::string host_name();

}  // namespace pointsman::app
