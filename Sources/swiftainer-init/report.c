// Telling the runtime what happened, over one stream socket.
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include <linux/time.h>

#include "init.h"

// Which arguments of a call are texts, as a bit mask; the runtime holds the same table to print them.
static unsigned texts_of(const struct plan_report *r) {
  switch (r->call) {
    case __NR_mount: return 1 << 0 | 1 << 1 | 1 << 2;
    case __NR_umount2:
    case __NR_chdir:
    case __NR_chroot:
    case __NR_fsopen:
    case __NR_execve:
    case __NR_memfd_create:
    case __NR_sethostname:
    case __NR_setdomainname: return 1 << 0;
    case __NR_pivot_root: return 1 << 0 | 1 << 1;
    case __NR_openat:
    case __NR_openat2:
    case __NR_faccessat2:
    case __NR_readlinkat:
    case __NR_open_tree:
    case __NR_mkdirat:
    case __NR_mknodat:
    case __NR_fchownat:
    case __NR_fchmodat:
    case __NR_unlinkat:
    case __NR_mount_setattr:
    case __NR_fspick:
    case __NR_statx:
    case __NR_write: return 1 << 1;
    case __NR_symlinkat: return 1 << 0 | 1 << 2;
    case __NR_move_mount: return 1 << 1 | 1 << 3;
    case __NR_keyctl: return 1 << 1;
    case __NR_fsconfig:
      return r->argument[1] == FSCONFIG_SET_STRING ? 1 << 2 | 1 << 3
             : r->argument[1] == FSCONFIG_SET_FLAG ? 1 << 2
                                                   : 0;
  }
  return 0;
}

static unsigned at_most_8(uint64_t words) { return words < 8 ? (unsigned)words : 8; }

// How many 8-byte words of the structure behind which argument are sent along.
static unsigned words_at(const struct plan_report *r, int *argument) {
  enum { SET_SIZE = 0x5414, SET_GROUP = 0x5410, SET_FLAGS = 0x8914 };
  switch (r->call) {
    case __NR_openat2: *argument = 2; return 3;
    case __NR_mount_setattr: *argument = 3; return 4;
    case __NR_prlimit64: *argument = 2; return 2;
    case __NR_capset: *argument = 1; return 3;
    case __NR_sched_setattr: *argument = 1; return 7;
    case __NR_sched_setaffinity: *argument = 2; return at_most_8(r->argument[1] / 8);
    case __NR_set_mempolicy: *argument = 1; return at_most_8(r->argument[2] / 64);
    case __NR_clone3: *argument = 0; return 5;
    case __NR_seccomp: *argument = 2; return 1;
    case __NR_ioctl:
      *argument = 2;
      return r->argument[1] == SET_SIZE || r->argument[1] == SET_GROUP ? 1 : r->argument[1] == SET_FLAGS ? 3 : 0;
  }
  return 0;
}

static uint64_t now(void) {
  struct __kernel_timespec { long long seconds, nanoseconds; } time;
  sys(__NR_clock_gettime, CLOCK_MONOTONIC, &time);
  return (uint64_t)time.seconds * 1000000000u + (uint64_t)time.nanoseconds;
}

static void send_all(const void *bytes, size_t count) {
  const char *at = bytes;
  while (count) {
    long sent = sys(__NR_write, in.report, at, count);
    if (sent == -EINTR) continue;
    if (sent <= 0) return;  // the runtime is gone: the next wait for its word ends this process
    at += sent;
    count -= (size_t)sent;
  }
}

// Sent in one piece with its texts: a report is never torn by a call that fails half way.
static void send_report(struct plan_report *r) {
  static char buffer[sizeof(struct plan_report) + 2048];
  size_t used = sizeof *r;
  unsigned texts = texts_of(r);
  for (int i = 0; i < 6; i++) {
    if (!(texts & 1u << i)) continue;
    const char *from = (const char *)r->argument[i];
    size_t length = from ? strlen(from) : 0;
    if (r->call == __NR_write && length > r->argument[2]) length = r->argument[2];
    if (length > 500) length = 500;
    memcpy(buffer + used, from, length);
    buffer[used + length] = 0;
    used += length + 1;
  }
  if (r->kind == PLAN_REPORT_FAILED && in.message[0]) {
    size_t length = strlen(in.message) + 1;
    memcpy(buffer + used, in.message, length);
    used += length;
  }
  r->text_length = (uint32_t)(used - sizeof *r);
  memcpy(buffer, r, sizeof *r);
  send_all(buffer, used);
}

static void remember(long result, long call, long a, long b, long c, long d, long e, long f) {
  struct plan_report *r = &in.last;
  *r = (struct plan_report){
      .kind = PLAN_REPORT_CALL,
      .step = in.step->index,
      .call = (int32_t)call,
      .result = result,
      .argument = {(uint64_t)a, (uint64_t)b, (uint64_t)c, (uint64_t)d, (uint64_t)e, (uint64_t)f}};
  if (!(in.plan.header->flags & PLAN_TRACE)) return;
  int at = 0;
  unsigned words = words_at(r, &at);
  if (words && r->argument[at]) memcpy(r->extra, (void *)r->argument[at], words * 8);
  r->time = now();
  send_report(r);
}

long traced(long call, long a, long b, long c, long d, long e, long f) {
  long result = sys6(call, a, b, c, d, e, f);
  remember(result, call, a, b, c, d, e, f);
  return result;
}

long quiet(long call, long a, long b, long c, long d, long e, long f) {
  long result = sys6(call, a, b, c, d, e, f);
  if (result < 0) remember(result, call, a, b, c, d, e, f);
  return result;
}

void announce(long call, long a, long b, long c) {
  if (!(in.plan.header->flags & PLAN_TRACE)) return;
  struct plan_report r = {
      .kind = PLAN_REPORT_CALL,
      .step = in.step->index,
      .call = (int32_t)call,
      .time = now(),
      .argument = {(uint64_t)a, (uint64_t)b, (uint64_t)c}};
  send_report(&r);
}

struct message_part { const void *base; size_t length; };
struct message {
  void *name; int name_length;
  struct message_part *parts; size_t part_count;
  void *control; size_t control_length;
  int flags;
};

static void send_with_descriptor(const struct plan_report *r, int descriptor) {
  struct { size_t length; int level, type, descriptor, padding; } control = {
      20, 1 /* SOL_SOCKET */, 1 /* SCM_RIGHTS */, descriptor, 0};
  struct message_part part = {r, sizeof *r};
  struct message message = {.parts = &part, .part_count = 1, .control = &control, .control_length = 24};
  long sent;
  do sent = sys(__NR_sendmsg, in.report, &message, 0x4000 /* MSG_NOSIGNAL */);
  while (sent == -EINTR);
}

void report(uint32_t kind, int64_t result, int passed) {
  struct plan_report r = {.kind = kind, .step = in.step->index, .call = -1, .result = result};
  if (kind == PLAN_REPORT_HOOK) r.argument[0] = (uint64_t)number(1);
  if (kind == PLAN_REPORT_FAILED && in.last.step == in.step->index && in.last.result == result) {
    // The very call that failed, so that the error can name it.
    r = in.last;
    r.kind = kind;
    send_report(&r);
    return;
  }
  if (passed >= 0) send_with_descriptor(&r, passed);
  else send_all(&r, sizeof r);
}

int wait_for_word(int from) {
  char word;
  long got;
  do got = sys(__NR_read, from, &word, 1);
  while (got == -EINTR);
  return got == 1 ? 0 : got == 0 ? -EPIPE : (int)got;
}
