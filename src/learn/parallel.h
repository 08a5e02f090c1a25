// Independent pieces of work on several threads.
// The threads live no longer than the call; nothing is kept between calls.
#pragma once

#include <functional>

namespace pointsman::learn {

// Calls work(0) ... work(n - 1), up to `threads` at the same time; each must write only what is its own. Returns when
// all are done.
void in_parallel(int n, int threads, const std::function<void(int)>& work);

}  // namespace pointsman::learn
