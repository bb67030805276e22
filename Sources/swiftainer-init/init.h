// What the operations share: the plan, the open slots, and the traced system call.
#ifndef INIT_INIT_H
#define INIT_INIT_H

#include "decode.h"
#include "sys.h"

struct init {
  struct plan plan;
  const struct plan_step *step;  // the one being carried out
  int report;                    // where reports go
  int slot[PLAN_SLOT_COUNT];     // -1 where nothing is open
  struct plan_report last;       // the last kernel call that mattered, for the report of a failure
  int64_t joined;                // kinds of namespaces that were joined, CLONE_NEW*
  int chdir_pending;             // an early chdir was refused
  char program[4096];            // the executable that was found
  char message[256];             // the kernel's own words on a failed mount, if it said any
};

extern struct init in;

static inline const char *text(int which) { return plan_text(&in.plan, in.step, which); }
static inline uint32_t text_length(int which) { return in.step->text[which].length; }
static inline int64_t number(int which) { return in.step->number[which]; }
static inline int has_flag(unsigned flag) { return (in.step->flags & flag) != 0; }

/// A kernel call that matters: remembered for an error report, and told at once when the plan is traced.
long traced(long call, long a, long b, long c, long d, long e, long f);
#define KCALL1(n) traced(n, 0, 0, 0, 0, 0, 0)
#define KCALL2(n, a) traced(n, SYS_ARG(a), 0, 0, 0, 0, 0)
#define KCALL3(n, a, b) traced(n, SYS_ARG(a), SYS_ARG(b), 0, 0, 0, 0)
#define KCALL4(n, a, b, c) traced(n, SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), 0, 0, 0)
#define KCALL5(n, a, b, c, d) traced(n, SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), SYS_ARG(d), 0, 0)
#define KCALL6(n, a, b, c, d, e) \
  traced(n, SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), SYS_ARG(d), SYS_ARG(e), 0)
#define KCALL7(n, a, b, c, d, e, f) \
  traced(n, SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), SYS_ARG(d), SYS_ARG(e), SYS_ARG(f))
#define kcall(...) \
  SYS_PICK(__VA_ARGS__, KCALL7, KCALL6, KCALL5, KCALL4, KCALL3, KCALL2, KCALL1)(__VA_ARGS__)

/// A kernel call that changes nothing worth telling: remembered, and told only where it fails.
long quiet(long call, long a, long b, long c, long d, long e, long f);
#define QCALL2(n, a) quiet(n, SYS_ARG(a), 0, 0, 0, 0, 0)
#define QCALL3(n, a, b) quiet(n, SYS_ARG(a), SYS_ARG(b), 0, 0, 0, 0)
#define QCALL4(n, a, b, c) quiet(n, SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), 0, 0, 0)
#define QCALL5(n, a, b, c, d) quiet(n, SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), SYS_ARG(d), 0, 0)
#define QCALL6(n, a, b, c, d, e) \
  quiet(n, SYS_ARG(a), SYS_ARG(b), SYS_ARG(c), SYS_ARG(d), SYS_ARG(e), 0)
#define qcall(...) SYS_PICK(__VA_ARGS__, 0, QCALL6, QCALL5, QCALL4, QCALL3, QCALL2, 0)(__VA_ARGS__)

/// Tells, when the plan is traced, of a call that ends this program where it succeeds.
void announce(long call, long a, long b, long c);

/// Report something that is not a call; `passed` is a descriptor to attach, or -1.
void report(uint32_t kind, int64_t result, int passed);
/// Wait for the runtime's word; -EPIPE where the runtime is gone.
int wait_for_word(int from);

/// Keep a descriptor, or hand on the error.
int keep(enum plan_slot slot, long descriptor);
void drop(enum plan_slot slot);

// paths.c: opened inside the root, whatever links the container's files hold
long open_in(int root, const char *path, uint64_t flags, uint64_t resolve);
/// Opens `path` in the root as O_PATH and makes it, and the folders above it, where it is missing.
long open_or_make(const char *path, int file, unsigned folder_mode, uint64_t resolve);
int is_folder(int descriptor);
int file_system_is(int descriptor, long magic);

// One function an operation, in the file of its subject; each returns 0 or -errno.
#define OPERATION(name) int op_##name(void)
OPERATION(join_hierarchy);
OPERATION(setns);
OPERATION(unshare);
OPERATION(fork);
OPERATION(become_root);
OPERATION(keyring);
OPERATION(loopback_up);
OPERATION(propagation);
OPERATION(open_root);
OPERATION(open_current_root);
OPERATION(new_filesystem);
OPERATION(open_tree);
OPERATION(adopt_tree);
OPERATION(open_mount);
OPERATION(reconfigure);
OPERATION(set_attributes);
OPERATION(attach);
OPERATION(copy_up);
OPERATION(open_dev);
OPERATION(make_node);
OPERATION(symlink);
OPERATION(make_folder);
OPERATION(open_null);
OPERATION(console);
OPERATION(use_console);
OPERATION(pivot_root);
OPERATION(open_proc);
OPERATION(write_proc);
OPERATION(mask);
OPERATION(read_only);
OPERATION(remount);
OPERATION(scheduler);
OPERATION(chdir);
OPERATION(seccomp);
OPERATION(bounding);
OPERATION(user);
OPERATION(capabilities);
OPERATION(find_program);
OPERATION(wait_start);
OPERATION(hook);
OPERATION(close_rest);
OPERATION(exec);

#endif
