#include "gateway/step_back.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

namespace pointsman::gateway {

void step_back(const char* name) {
  constexpr int kNice = 10;
  ::pthread_setname_np(::pthread_self(), name);
  const sched_param none{};
  ::pthread_setschedparam(::pthread_self(), SCHED_BATCH, &none);
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);  // of this thread alone (sched(7))
}

}  // namespace pointsman::gateway
