// The few instructions between clone and exec. They run in a child that shares the parent's memory, beside the
// parent: raw system calls on a stack of their own, nothing allocated, nothing locked, errno not touched.
#define _GNU_SOURCE
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/sched.h>

#include "plan.h"
#include "shim.h"
#include "sys.h"

#define CHILD_STACK (32 << 10)

static char child_stack[CHILD_STACK] __attribute__((aligned(64)));

#define OPEN_DESCRIPTORS 7  // RLIMIT_NOFILE

// Soft and hard. The first is as it was before this process raised it; nothing where it has not.
static uint64_t usual_limit[2], raised_limit[2];

void shim_raise_descriptors(void) {
  uint64_t limit[2];
  if (sys(__NR_prlimit64, 0, OPEN_DESCRIPTORS, 0, limit) < 0 || limit[0] == limit[1]) return;
  raised_limit[0] = raised_limit[1] = limit[1];
  if (sys(__NR_prlimit64, 0, OPEN_DESCRIPTORS, raised_limit, 0) < 0) return;
  usual_limit[0] = limit[0];
  usual_limit[1] = limit[1];
}

void shim_lower_descriptors(int on) {
  if (usual_limit[1]) sys(__NR_prlimit64, 0, OPEN_DESCRIPTORS, on ? usual_limit : raised_limit, 0);
}

_Bool shim_usual_descriptors(uint64_t limit[2]) {
  limit[0] = usual_limit[0];
  limit[1] = usual_limit[1];
  return usual_limit[1] != 0;
}

static int run_child(void *argument);

// clone3 where the child starts on a new stack: what follows the system call may not touch the parent's frame.
static long clone_onto_stack(struct clone_args *arguments, void *argument) {
#if defined(__x86_64__)
  long result = __NR_clone3;
  register void *kept_argument __asm__("r12") = argument;
  register int (*kept_entry)(void *) __asm__("r13") = run_child;
  __asm__ volatile(
      "syscall\n"
      "test %%eax, %%eax\n"
      "jnz 1f\n"
      "xor %%ebp, %%ebp\n"
      "mov %%r12, %%rdi\n"
      "call *%%r13\n"
      "mov %%eax, %%edi\n"
      "mov %[leave], %%eax\n"
      "syscall\n"
      "1:\n"
      : "+a"(result)
      : "D"(arguments), "S"(sizeof *arguments), "r"(kept_argument), "r"(kept_entry),
        [leave] "i"(__NR_exit_group)
      : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = __NR_clone3;
  register long x0 __asm__("x0") = (long)arguments;
  register long x1 __asm__("x1") = sizeof *arguments;
  register void *kept_argument __asm__("x19") = argument;
  register int (*kept_entry)(void *) __asm__("x20") = run_child;
  __asm__ volatile(
      "svc 0\n"
      "cbnz x0, 1f\n"
      "mov x29, xzr\n"
      "mov x0, x19\n"
      "blr x20\n"
      "mov x8, %[leave]\n"
      "svc 0\n"
      "1:\n"
      : "+r"(x0)
      : "r"(x8), "r"(x1), "r"(kept_argument), "r"(kept_entry), [leave] "i"(__NR_exit_group)
      : "memory", "x30");
  return x0;
#endif
}

static int give_up(const struct shim_launch *launch, long call, long result) {
  struct plan_report report = {
      .kind = PLAN_REPORT_FAILED, .step = launch->step, .call = (int32_t)call, .result = result};
  sys(__NR_write, launch->report, &report, sizeof report);
  return 125;
}

static int run_child(void *argument) {
  const struct shim_launch *launch = argument;
  long result;
  // Only here: under the lower limit this process might have no descriptor left for the child's.
  if (usual_limit[1]) {
    result = sys(__NR_prlimit64, 0, OPEN_DESCRIPTORS, usual_limit, 0);
    if (result < 0) return give_up(launch, __NR_prlimit64, result);
  }
  // What the caller did not hand over on purpose does not reach the init, whatever flags it was opened with.
  result = sys(__NR_close_range, launch->first_unknown, ~0u, 4 /* CLOSE_RANGE_CLOEXEC */);
  if (result < 0) return give_up(launch, __NR_close_range, result);
  for (size_t i = 0; i < launch->kept_count; i++) {
    result = sys(__NR_fcntl, launch->kept[i], F_SETFD, 0);
    if (result < 0) return give_up(launch, __NR_fcntl, result);
  }
  result = sys(__NR_execveat, launch->program, "", launch->arguments, launch->environment, AT_EMPTY_PATH);
  return give_up(launch, __NR_execveat, result);
}

int shim_launch(const struct shim_launch *launch, int *pidfd) {
  *pidfd = -1;
  // SIGCHLD, so that an ordinary wait works; handlers are the parent's code and mean nothing in the child.
  struct clone_args arguments = {
      .flags = launch->namespaces | CLONE_VM | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
      .pidfd = (uint64_t)pidfd,
      .exit_signal = 17,
      .stack = (uint64_t)child_stack,
      .stack_size = CHILD_STACK,
  };
  // Under memory pressure the kernel kills all that share the memory of whom it chooses: us. It never chooses a child
  // that its parent waits for in this way.
  if (launch->waits) arguments.flags |= CLONE_VFORK;
  if (launch->cgroup >= 0) {
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = (uint64_t)launch->cgroup;
  }
  return (int)clone_onto_stack(&arguments, (void *)launch);
}
