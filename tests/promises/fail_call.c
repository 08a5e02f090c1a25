// A library for LD_PRELOAD that lets the N-th call of a kind fail, for P12: what the program does when the disk is
// full, descriptors run out or there is no memory, at each place where that can happen.
//
// The test and the program share a page, the file named by FAIL_CALL_FILE: the test sets `kind`, `number`, `error` and
// then `armed`; the library counts calls of that kind while it is armed, fails the one whose turn it is, and tells so
// in `failed`. Nothing fails before a test asks for it. With FAIL_CALL_TRACE set, the stack of each failing call goes
// to standard error, for addr2line.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { OPEN = 1, READ, WRITE, SYNC, ACCEPT, SOCKET, SEND, RECEIVE, POLL, MEMORY };

struct orders {
  _Atomic int armed, kind, number, error, calls, failed, partial;
};

static struct orders nothing;
static struct orders* orders = &nothing;

#define DEEPEST 40
static void* stack[DEEPEST];
static int traced;

__attribute__((constructor)) static void begin(void) {
  if (getenv("FAIL_CALL_TRACE") != NULL) traced = backtrace(stack, DEEPEST);  // once now: the first one asks for memory
  const char* path = getenv("FAIL_CALL_FILE");
  if (path == NULL) return;
  const int file = open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) return;
  void* page = mmap(NULL, sizeof(struct orders), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (page != MAP_FAILED) orders = page;
}

// Whether this call is the one; errno is set then.
static int fails(enum kind kind) {
  if (!atomic_load(&orders->armed) || atomic_load(&orders->kind) != (int)kind) return 0;
  if (atomic_fetch_add(&orders->calls, 1) + 1 != atomic_load(&orders->number)) return 0;
  atomic_store(&orders->failed, 1);
  if (traced) backtrace_symbols_fd(stack, backtrace(stack, DEEPEST), STDERR_FILENO);
  errno = atomic_load(&orders->error);
  return 1;
}

// A write that is cut short instead of failing, where the test asks for that.
static size_t allowed(size_t bytes) {
  return atomic_load(&orders->partial) && bytes > 1 ? bytes / 2 : 0;
}

// The same for a socket. A connection that was reset is over for both directions, not only for this call.
static int fails_on(enum kind kind, int file) {
  if (!fails(kind)) return 0;
  const int error = errno;
  if (error == ECONNRESET) shutdown(file, SHUT_RDWR);
  errno = error;
  return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FAIL_OR_CALL(kind, failure, call) return fails(kind) ? (failure) : (call)

int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const int mode = va_arg(rest, int);
  va_end(rest);
  FAIL_OR_CALL(OPEN, -1, REAL(open)(path, flags, mode));
}

int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const int mode = va_arg(rest, int);
  va_end(rest);
  FAIL_OR_CALL(OPEN, -1, REAL(open64)(path, flags, mode));
}

int openat(int at, const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const int mode = va_arg(rest, int);
  va_end(rest);
  FAIL_OR_CALL(OPEN, -1, REAL(openat)(at, path, flags, mode));
}

ssize_t read(int file, void* bytes, size_t size) {
  FAIL_OR_CALL(READ, -1, REAL(read)(file, bytes, size));
}
ssize_t pread64(int file, void* bytes, size_t size, off64_t at) {
  FAIL_OR_CALL(READ, -1, REAL(pread64)(file, bytes, size, at));
}
ssize_t pread(int file, void* bytes, size_t size, off_t at) {
  FAIL_OR_CALL(READ, -1, REAL(pread)(file, bytes, size, at));
}

ssize_t write(int file, const void* bytes, size_t size) {
  if (!fails(WRITE)) return REAL(write)(file, bytes, size);
  return allowed(size) ? REAL(write)(file, bytes, allowed(size)) : -1;
}
ssize_t pwrite64(int file, const void* bytes, size_t size, off64_t at) {
  if (!fails(WRITE)) return REAL(pwrite64)(file, bytes, size, at);
  return allowed(size) ? REAL(pwrite64)(file, bytes, allowed(size), at) : -1;
}
ssize_t pwrite(int file, const void* bytes, size_t size, off_t at) {
  if (!fails(WRITE)) return REAL(pwrite)(file, bytes, size, at);
  return allowed(size) ? REAL(pwrite)(file, bytes, allowed(size), at) : -1;
}
int ftruncate64(int file, off64_t size) {
  FAIL_OR_CALL(WRITE, -1, REAL(ftruncate64)(file, size));
}
int ftruncate(int file, off_t size) {
  FAIL_OR_CALL(WRITE, -1, REAL(ftruncate)(file, size));
}

int fsync(int file) {
  FAIL_OR_CALL(SYNC, -1, REAL(fsync)(file));
}
int fdatasync(int file) {
  FAIL_OR_CALL(SYNC, -1, REAL(fdatasync)(file));
}

int accept(int listener, struct sockaddr* address, socklen_t* size) {
  FAIL_OR_CALL(ACCEPT, -1, REAL(accept)(listener, address, size));
}
int accept4(int listener, struct sockaddr* address, socklen_t* size, int flags) {
  FAIL_OR_CALL(ACCEPT, -1, REAL(accept4)(listener, address, size, flags));
}
int socket(int family, int type, int protocol) {
  FAIL_OR_CALL(SOCKET, -1, REAL(socket)(family, type, protocol));
}
int connect(int file, const struct sockaddr* address, socklen_t size) {
  FAIL_OR_CALL(SOCKET, -1, REAL(connect)(file, address, size));
}

ssize_t send(int file, const void* bytes, size_t size, int flags) {
  return fails_on(SEND, file) ? -1 : REAL(send)(file, bytes, size, flags);
}
ssize_t sendmsg(int file, const struct msghdr* message, int flags) {
  return fails_on(SEND, file) ? -1 : REAL(sendmsg)(file, message, flags);
}
ssize_t writev(int file, const struct iovec* pieces, int count) {
  return fails_on(SEND, file) ? -1 : REAL(writev)(file, pieces, count);
}
ssize_t recv(int file, void* bytes, size_t size, int flags) {
  return fails_on(RECEIVE, file) ? -1 : REAL(recv)(file, bytes, size, flags);
}
ssize_t recvmsg(int file, struct msghdr* message, int flags) {
  return fails_on(RECEIVE, file) ? -1 : REAL(recvmsg)(file, message, flags);
}
ssize_t readv(int file, const struct iovec* pieces, int count) {
  return fails_on(RECEIVE, file) ? -1 : REAL(readv)(file, pieces, count);
}
int epoll_ctl(int poll, int what, int file, struct epoll_event* event) {
  FAIL_OR_CALL(POLL, -1, REAL(epoll_ctl)(poll, what, file, event));
}

// Memory goes to the allocator that is next in line, which is found on the first call.
static void* (*next_malloc)(size_t);
static void* (*next_calloc)(size_t, size_t);
static void* (*next_realloc)(void*, size_t);
static int (*next_posix_memalign)(void**, size_t, size_t);
static char early[8192];  // for dlsym itself, which may ask for memory
static size_t early_used;
static __thread int finding;

static void find_memory(void) {
  finding = 1;
  next_malloc = (void* (*)(size_t))dlsym(RTLD_NEXT, "malloc");
  next_calloc = (void* (*)(size_t, size_t))dlsym(RTLD_NEXT, "calloc");
  next_realloc = (void* (*)(void*, size_t))dlsym(RTLD_NEXT, "realloc");
  next_posix_memalign = (int (*)(void**, size_t, size_t))dlsym(RTLD_NEXT, "posix_memalign");
  finding = 0;
}

static void* early_memory(size_t size) {
  const size_t at = (early_used + 15) & ~(size_t)15;
  if (at + size > sizeof(early)) return NULL;
  early_used = at + size;
  return early + at;
}

void* malloc(size_t size) {
  if (finding) return early_memory(size);
  if (next_malloc == NULL) find_memory();
  FAIL_OR_CALL(MEMORY, NULL, next_malloc(size));
}

void* calloc(size_t count, size_t size) {
  if (finding) return early_memory(count * size);
  if (next_calloc == NULL) find_memory();
  FAIL_OR_CALL(MEMORY, NULL, next_calloc(count, size));
}

void* realloc(void* old, size_t size) {
  if (next_realloc == NULL) find_memory();
  FAIL_OR_CALL(MEMORY, NULL, next_realloc(old, size));
}

int posix_memalign(void** made, size_t alignment, size_t size) {
  if (next_posix_memalign == NULL) find_memory();
  FAIL_OR_CALL(MEMORY, ENOMEM, next_posix_memalign(made, alignment, size));
}

// operator new of C++, by its linker names; std::bad_alloc is thrown by the library that owns it.
void* _Znwm(size_t size);
void* _ZnwmRKSt9nothrow_t(size_t size, const void* nothrow);
void* _ZnwmSt11align_val_t(size_t size, size_t alignment);
void* _ZnwmSt11align_val_tRKSt9nothrow_t(size_t size, size_t alignment, const void* nothrow);

static void* out_of_memory(void) {
  void (*throw_bad_alloc)(void) = (void (*)(void))dlsym(RTLD_DEFAULT, "_ZSt17__throw_bad_allocv");
  if (throw_bad_alloc != NULL) throw_bad_alloc();
  abort();
}

void* _Znwm(size_t size) {
  static __typeof__(&_Znwm) next;
  if (next == NULL) next = REAL(_Znwm);
  FAIL_OR_CALL(MEMORY, out_of_memory(), next(size));
}

void* _ZnwmRKSt9nothrow_t(size_t size, const void* nothrow) {
  FAIL_OR_CALL(MEMORY, NULL, REAL(_ZnwmRKSt9nothrow_t)(size, nothrow));
}

void* _ZnwmSt11align_val_t(size_t size, size_t alignment) {
  FAIL_OR_CALL(MEMORY, out_of_memory(), REAL(_ZnwmSt11align_val_t)(size, alignment));
}

void* _ZnwmSt11align_val_tRKSt9nothrow_t(size_t size, size_t alignment, const void* nothrow) {
  FAIL_OR_CALL(MEMORY, NULL, REAL(_ZnwmSt11align_val_tRKSt9nothrow_t)(size, alignment, nothrow));
}
