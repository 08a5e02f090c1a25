// The one place where Boost.JSON is compiled; everyone else includes only its declarations.
#include <boost/json/src.hpp>
