// What the payload is allowed to be: scheduling, identity, capabilities, system calls, working directory.
#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/fcntl.h>
#include <linux/prctl.h>
#include <linux/sched/types.h>
#include <linux/seccomp.h>
#include <linux/mount.h>

#include "init.h"

OPERATION(open_proc) {
  long context = kcall(__NR_fsopen, "proc", FSOPEN_CLOEXEC);
  if (context < 0) return (int)context;
  long result = kcall(__NR_fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0);
  if (result >= 0)
    result = keep(PLAN_SLOT_PROC, kcall(__NR_fsmount, context, FSMOUNT_CLOEXEC,
                                        MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC));
  sys(__NR_close, context);
  return (int)result;
}

OPERATION(write_proc) {
  // Through a proc of our own that nothing was ever mounted on (CVE-2025-52881).
  uint64_t resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV;
  if (!has_flag(PLAN_PROC_THREAD)) resolve |= RESOLVE_NO_SYMLINKS;
  long file = open_in(in.slot[PLAN_SLOT_PROC], text(0), O_WRONLY, resolve);
  if (file < 0) return (int)file;
  long written = kcall(__NR_write, file, text(1), text_length(1));
  sys(__NR_close, file);
  return written < 0 ? (int)written : written == (long)text_length(1) ? 0 : -EIO;
}

OPERATION(scheduler) {
  struct sched_attr attributes = {.size = sizeof attributes,
                                  .sched_policy = (uint32_t)number(0),
                                  .sched_nice = (int32_t)number(1),
                                  .sched_priority = (uint32_t)number(2),
                                  .sched_flags = (uint64_t)number(3),
                                  .sched_runtime = (uint64_t)number(4),
                                  .sched_deadline = (uint64_t)number(5)};
  if (text_length(0) == 8) memcpy(&attributes.sched_period, text(0), 8);
  return (int)kcall(__NR_sched_setattr, 0, &attributes, 0);
}

static int inside_root(void) {
  char path[4096];
  long result = qcall(__NR_getcwd, path, sizeof path);
  if (result < 0) return (int)result;
  // The kernel puts "(unreachable)" before a folder that is not below the root (CVE-2024-21626).
  return path[0] == '/' ? 0 : -EXDEV;
}

OPERATION(chdir) {
  int early = has_flag(PLAN_CHDIR_EARLY);
  if (early || in.chdir_pending) {
    long result = kcall(__NR_chdir, text(0));
    in.chdir_pending = early && result == -EACCES;
    if (in.chdir_pending) return 0;  // perhaps the user may go where root may not
    if (result < 0) return (int)result;
  }
  return inside_root();
}

OPERATION(seccomp) {
  struct sock_fprog program = {(unsigned short)(text_length(0) / sizeof(struct sock_filter)),
                               (struct sock_filter *)text(0)};
  long result = kcall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, number(0), &program);
  if (result < 0) return (int)result;
  if (!has_flag(PLAN_SECCOMP_LISTENER)) return 0;
  // The runtime takes the listener by pidfd_getfd: sending it would need calls that the filter may hold back.
  report(PLAN_REPORT_LISTENER, result, -1);
  int word = wait_for_word(in.report);
  sys(__NR_close, result);
  return word;
}

OPERATION(bounding) {
  uint64_t kept = (uint64_t)number(0);
  for (int64_t capability = 0; capability <= number(1); capability++) {
    if (kept >> capability & 1) continue;
    long result = kcall(__NR_prctl, PR_CAPBSET_DROP, capability, 0, 0, 0);
    if (result < 0) return (int)result;
  }
  return 0;
}

OPERATION(user) {
  // Capabilities must outlive the change of the user: they are cut down to what is asked for right after it.
  long result = kcall(__NR_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0);
  // Groups first: once the user has changed, the right to set them is gone.
  if (result >= 0) result = kcall(__NR_setgroups, number(2), text(0));
  if (result >= 0) result = kcall(__NR_setresgid, number(1), number(1), number(1));
  if (result >= 0) result = kcall(__NR_setresuid, number(0), number(0), number(0));
  return (int)result;
}

OPERATION(capabilities) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  uint64_t effective = (uint64_t)number(0), permitted = (uint64_t)number(1);
  uint64_t inheritable = (uint64_t)number(2), ambient = (uint64_t)number(3);
  struct __user_cap_data_struct data[2] = {
      {(uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable},
      {(uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32)}};
  long result = kcall(__NR_capset, &header, data);
  if (result >= 0) result = kcall(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  for (int64_t capability = 0; result >= 0 && capability <= number(4); capability++)
    if (ambient >> capability & 1)
      result = kcall(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
  return (int)result;
}
