// swiftainer-init: carries out a launch plan, step by step, inside the container that is being made.
//
// It decides nothing. It reads a plan from the socket whose number is its first argument, checks it, does each
// step, and reports what failed. It uses no C library: it starts in a fraction of a millisecond, and what it
// does is what the plan says.
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/prctl.h>

#include "init.h"

struct init in;

int keep(enum plan_slot slot, long descriptor) {
  if (descriptor < 0) return (int)descriptor;
  drop(slot);
  in.slot[slot] = (int)descriptor;
  return 0;
}

void drop(enum plan_slot slot) {
  if (in.slot[slot] >= 0) sys(__NR_close, in.slot[slot]);
  in.slot[slot] = -1;
}

static int op_sync(void) {
  report(PLAN_REPORT_SYNC, number(0), -1);
  return wait_for_word(in.report);
}

static int op_prctl(void) { return (int)kcall(__NR_prctl, number(0), number(1), 0, 0, 0); }

static int op_setsid(void) {
  long result = kcall(__NR_setsid);
  // A process that already leads a session has what was asked for.
  return result == -EPERM ? 0 : result < 0 ? (int)result : 0;
}

static int op_hostname(void) { return (int)kcall(__NR_sethostname, text(0), text_length(0)); }
static int op_domainname(void) { return (int)kcall(__NR_setdomainname, text(0), text_length(0)); }

static int op_rlimit(void) {
  uint64_t limit[2] = {(uint64_t)number(1), (uint64_t)number(2)};
  return (int)kcall(__NR_prlimit64, 0, number(0), limit, 0);
}

static int op_umask(void) {
  kcall(__NR_umask, number(0));
  return 0;
}

static int op_personality(void) {
  long result = kcall(__NR_personality, number(0));
  return result < 0 ? (int)result : 0;
}

static int op_io_priority(void) { return (int)kcall(__NR_ioprio_set, 1 /* IOPRIO_WHO_PROCESS */, 0, number(0)); }
static int op_affinity(void) { return (int)kcall(__NR_sched_setaffinity, 0, text_length(0), text(0)); }
static int op_memory_policy(void) {
  return (int)kcall(__NR_set_mempolicy, number(0), text_length(0) ? text(0) : 0, number(1));
}

static int (*const operations[PLAN_OP_COUNT])(void) = {
    [PLAN_OP_PRCTL] = op_prctl,
    [PLAN_OP_JOIN_HIERARCHY] = op_join_hierarchy,
    [PLAN_OP_SETNS] = op_setns,
    [PLAN_OP_UNSHARE] = op_unshare,
    [PLAN_OP_FORK] = op_fork,
    [PLAN_OP_BECOME_ROOT] = op_become_root,
    [PLAN_OP_SETSID] = op_setsid,
    [PLAN_OP_KEYRING] = op_keyring,
    [PLAN_OP_LOOPBACK_UP] = op_loopback_up,
    [PLAN_OP_SYNC] = op_sync,
    [PLAN_OP_PROPAGATION] = op_propagation,
    [PLAN_OP_OPEN_ROOT] = op_open_root,
    [PLAN_OP_OPEN_CURRENT_ROOT] = op_open_current_root,
    [PLAN_OP_NEW_FILESYSTEM] = op_new_filesystem,
    [PLAN_OP_OPEN_TREE] = op_open_tree,
    [PLAN_OP_ADOPT_TREE] = op_adopt_tree,
    [PLAN_OP_OPEN_MOUNT] = op_open_mount,
    [PLAN_OP_RECONFIGURE] = op_reconfigure,
    [PLAN_OP_SET_ATTRIBUTES] = op_set_attributes,
    [PLAN_OP_ATTACH] = op_attach,
    [PLAN_OP_COPY_UP] = op_copy_up,
    [PLAN_OP_OPEN_DEV] = op_open_dev,
    [PLAN_OP_MAKE_NODE] = op_make_node,
    [PLAN_OP_SYMLINK] = op_symlink,
    [PLAN_OP_MAKE_FOLDER] = op_make_folder,
    [PLAN_OP_CONSOLE] = op_console,
    [PLAN_OP_OPEN_NULL] = op_open_null,
    [PLAN_OP_USE_CONSOLE] = op_use_console,
    [PLAN_OP_PIVOT_ROOT] = op_pivot_root,
    [PLAN_OP_OPEN_PROC] = op_open_proc,
    [PLAN_OP_WRITE_PROC] = op_write_proc,
    [PLAN_OP_MASK] = op_mask,
    [PLAN_OP_READ_ONLY] = op_read_only,
    [PLAN_OP_REMOUNT] = op_remount,
    [PLAN_OP_HOSTNAME] = op_hostname,
    [PLAN_OP_DOMAINNAME] = op_domainname,
    [PLAN_OP_RLIMIT] = op_rlimit,
    [PLAN_OP_UMASK] = op_umask,
    [PLAN_OP_PERSONALITY] = op_personality,
    [PLAN_OP_SCHEDULER] = op_scheduler,
    [PLAN_OP_IO_PRIORITY] = op_io_priority,
    [PLAN_OP_AFFINITY] = op_affinity,
    [PLAN_OP_MEMORY_POLICY] = op_memory_policy,
    [PLAN_OP_CHDIR] = op_chdir,
    [PLAN_OP_SECCOMP] = op_seccomp,
    [PLAN_OP_BOUNDING] = op_bounding,
    [PLAN_OP_USER] = op_user,
    [PLAN_OP_CAPABILITIES] = op_capabilities,
    [PLAN_OP_FIND_PROGRAM] = op_find_program,
    [PLAN_OP_WAIT_START] = op_wait_start,
    [PLAN_OP_HOOK] = op_hook,
    [PLAN_OP_CLOSE_REST] = op_close_rest,
    [PLAN_OP_EXEC] = op_exec,
};

__attribute__((noreturn)) static void leave(int code) {
  for (;;) sys(__NR_exit_group, code);
}

static int read_all(int from, void *to, size_t count) {
  char *at = to;
  while (count) {
    long got = sys(__NR_read, from, at, count);
    if (got == -EINTR) continue;
    if (got <= 0) return -EPIPE;
    at += got;
    count -= (size_t)got;
  }
  return 0;
}

static int receive_plan(void) {
  struct plan_header header;
  if (read_all(in.report, &header, sizeof header) < 0) return -EPIPE;
  // Before anything else is believed: the other's header may have other fields.
  if (header.magic == PLAN_MAGIC && header.version != PLAN_VERSION) return -EPROTO;
  if (header.total < sizeof header || header.total > PLAN_LIMIT) return -EINVAL;
  long memory = sys(__NR_mmap, 0, header.total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory < 0 && memory > -4096) return (int)memory;
  memcpy((void *)memory, &header, sizeof header);
  if (read_all(in.report, (char *)memory + sizeof header, header.total - sizeof header) < 0) return -EPIPE;
  return plan_decode((void *)memory, header.total, &in.plan);
}

static int parse_number(const char *from) {
  int value = 0;
  if (!from || !*from) return -1;
  for (; *from; from++) {
    if (*from < '0' || *from > '9' || value > 1 << 20) return -1;
    value = value * 10 + (*from - '0');
  }
  return value;
}

/// Entered from `_start` with the stack the kernel made: argc, argv…
__attribute__((noreturn, used)) void init_main(long *stack) {
  char **argv = (char **)(stack + 1);
  in.report = stack[0] == 2 ? parse_number(argv[1]) : -1;
  // Not a program for people: it is only ever started by a runtime that hands it a socket.
  if (in.report < 3) leave(125);
  for (int i = 0; i < PLAN_SLOT_COUNT; i++) in.slot[i] = -1;

  // Before anything else: nobody in the container may look into this process (CVE-2016-9962).
  sys(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
  sys(__NR_umask, 0);  // modes are the plan's; it sets the payload's own mask
  sys(__NR_fcntl, in.report, F_SETFD, FD_CLOEXEC);
  int received = receive_plan();
  if (received < 0) leave(received == -EPROTO ? PLAN_EXIT_OTHER_BUILD : 125);
  for (uint32_t i = 0; i < in.plan.header->step_count; i++) {
    in.step = &in.plan.steps[i];
    int result = operations[in.step->op]();
    if (result < 0) {
      report(PLAN_REPORT_FAILED, result, -1);
      leave(125);
    }
  }
  leave(125);
}

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n  xor %ebp, %ebp\n  mov %rsp, %rdi\n  and $-16, %rsp\n  call init_main\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n  mov x29, #0\n  mov x0, sp\n  bl init_main\n");
#endif
