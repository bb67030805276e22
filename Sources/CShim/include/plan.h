// The contract between Swift, which decides a launch, and swiftainer-init, which carries it out.
//
// A plan is one flat buffer: a header, an array of fixed-size steps, and a data area that the steps refer to.
// Every reference is an offset and a length in 32 bits, checked against the data area before the first step
// runs, and followed by a NUL, so that it can be handed to the kernel as it stands.
#ifndef SWIFTAINER_PLAN_H
#define SWIFTAINER_PLAN_H

#include <stdint.h>

#define PLAN_MAGIC 0x6e616c70u  // "plan"
#define PLAN_VERSION 0x3f15268cu  // the first 32 bits of the SHA-256 of all other lines here
#define PLAN_LIMIT (16u << 20)  // bytes; a longer plan is refused
#define PLAN_NUMBERS 6
#define PLAN_TEXTS 4

// How the init ends where the plan is of another version: one of the two programs was exchanged under the other.
#define PLAN_EXIT_OTHER_BUILD 123

// plan_header.flags
#define PLAN_TRACE 1u  // report every kernel call that matters, not only failures

struct plan_header {
  uint32_t magic;
  uint32_t version;
  uint32_t total;        // bytes of the whole buffer
  uint32_t step_count;
  uint32_t data_offset;  // where the data area begins: right behind the steps
  uint32_t data_length;
  uint32_t flags;
  uint32_t reserved;
};

struct plan_text {
  uint32_t offset;  // from the start of the data area
  uint32_t length;  // bytes, without the NUL that follows
};

struct plan_step {
  uint16_t op;     // enum plan_op
  uint16_t flags;  // meaning depends on op
  uint32_t index;  // the step's number in the launch plan; several records may share one
  int64_t number[PLAN_NUMBERS];
  struct plan_text text[PLAN_TEXTS];
};

// Where a descriptor that one step opens is kept for later steps.
enum plan_slot {
  PLAN_SLOT_ROOT,   // O_PATH handle on the root file system, before and after pivot_root
  PLAN_SLOT_DEV,    // O_PATH handle on the container's /dev
  PLAN_SLOT_PROC,   // private, detached proc file system
  PLAN_SLOT_TREE,   // the mount that is being made
  PLAN_SLOT_NULL,   // the checked /dev/null
  PLAN_SLOT_BLANK,  // the read-only empty tmpfs that hides folders
  PLAN_SLOT_TTY,    // the container's side of its terminal
  PLAN_SLOT_COUNT,
};

// number[n] and text[n] of each operation are listed as n: and t:.
enum plan_op {
  PLAN_OP_NONE,
  PLAN_OP_PRCTL,            // n: option, value
  PLAN_OP_JOIN_HIERARCHY,   // n: descriptor of a cgroup v1 `tasks` file
  PLAN_OP_SETNS,            // flags: PLAN_SETNS_*; n: descriptor, type
  PLAN_OP_UNSHARE,          // n: flags
  PLAN_OP_FORK,             // n: namespaces for the child, which goes on with the plan; the parent ends
  PLAN_OP_BECOME_ROOT,      // user and group 0 of a user namespace that was joined
  PLAN_OP_SETSID,           //
  PLAN_OP_KEYRING,          // t: name
  PLAN_OP_LOOPBACK_UP,      //
  PLAN_OP_SYNC,             // report PLAN_REPORT_SYNC with number[0] and wait for a byte
  PLAN_OP_PROPAGATION,      // n: flags; t: path
  PLAN_OP_OPEN_ROOT,        // n: propagation it is given first, or 0; t: path; opens PLAN_SLOT_ROOT
  PLAN_OP_OPEN_CURRENT_ROOT, // opens PLAN_SLOT_ROOT and PLAN_SLOT_DEV on / of a container that was joined
  PLAN_OP_NEW_FILESYSTEM,   // n: attributes; t: type, source, options (NUL between); opens PLAN_SLOT_TREE
  PLAN_OP_OPEN_TREE,        // n: flags; t: source; opens PLAN_SLOT_TREE
  PLAN_OP_ADOPT_TREE,       // n: inherited descriptor of a detached mount; becomes PLAN_SLOT_TREE
  PLAN_OP_OPEN_MOUNT,       // flags: PLAN_ATTACH_*; t: target; what is mounted there becomes PLAN_SLOT_TREE
  PLAN_OP_RECONFIGURE,      // t: -, -, options (NUL between); of the file system of PLAN_SLOT_TREE
  PLAN_OP_SET_ATTRIBUTES,   // n: set, clear, propagation, user namespace descriptor, at flags
  PLAN_OP_ATTACH,           // flags: PLAN_ATTACH_*; n: mode for a folder that must be made; t: target
  PLAN_OP_COPY_UP,          // t: target; copies what the target holds into PLAN_SLOT_TREE
  PLAN_OP_OPEN_DEV,         // opens PLAN_SLOT_DEV
  PLAN_OP_MAKE_NODE,        // flags: PLAN_NODE_*; n: mode with type, device, uid, gid; t: path in the root
  PLAN_OP_SYMLINK,          // t: target, name in PLAN_SLOT_DEV
  PLAN_OP_MAKE_FOLDER,      // n: mode; t: path in the root
  PLAN_OP_CONSOLE,          // flags: PLAN_CONSOLE_*; n: rows, columns, uid; sends the master
  PLAN_OP_USE_CONSOLE,      // makes PLAN_SLOT_TTY the controlling terminal and descriptors 0, 1 and 2
  PLAN_OP_OPEN_NULL,        // opens and checks PLAN_SLOT_NULL
  PLAN_OP_PIVOT_ROOT,       // flags: PLAN_PIVOT_*
  PLAN_OP_OPEN_PROC,        // opens PLAN_SLOT_PROC
  PLAN_OP_WRITE_PROC,       // flags: PLAN_PROC_*; t: path below proc, value
  PLAN_OP_MASK,             // t: path
  PLAN_OP_READ_ONLY,        // t: path
  PLAN_OP_REMOUNT,          // n: attributes set on the mount at the path; t: path
  PLAN_OP_HOSTNAME,         // t: name
  PLAN_OP_DOMAINNAME,       // t: name
  PLAN_OP_RLIMIT,           // n: resource, soft, hard
  PLAN_OP_UMASK,            // n: mask
  PLAN_OP_PERSONALITY,      // n: persona
  PLAN_OP_SCHEDULER,        // n: policy, nice, priority, flags, runtime, deadline; t: period (8 bytes)
  PLAN_OP_IO_PRIORITY,      // n: value
  PLAN_OP_AFFINITY,         // t: mask bytes
  PLAN_OP_MEMORY_POLICY,    // n: mode, maximum node; t: mask bytes
  PLAN_OP_CHDIR,            // flags: PLAN_CHDIR_*; t: path
  PLAN_OP_SECCOMP,          // flags: PLAN_SECCOMP_*; n: seccomp flags; t: program
  PLAN_OP_BOUNDING,         // n: capabilities kept, highest capability
  PLAN_OP_USER,             // n: uid, gid, count of groups; t: groups (4 bytes each)
  PLAN_OP_CAPABILITIES,     // n: effective, permitted, inheritable, ambient, highest capability
  PLAN_OP_FIND_PROGRAM,     // t: program, PATH
  PLAN_OP_WAIT_START,       // n: gate, report descriptor from then on
  PLAN_OP_HOOK,             // n: time-out in ms or 0, its place in its list; t: path, arguments, environment, state (byte 1: the pid)
  PLAN_OP_CLOSE_REST,       // n: first descriptor to close, two to keep or -1; signals as a program expects them
  PLAN_OP_EXEC,             // flags: PLAN_EXEC_*; t: arguments, environment
  PLAN_OP_COUNT,
};

#define PLAN_ATTACH_NO_LINKS 1u    // no component may be a link (proc and sysfs)
#define PLAN_ATTACH_IN_PROC 2u     // one of the few targets allowed below proc
#define PLAN_ATTACH_KEEP_MODE 4u   // the tree takes on the mode of the folder it covers, where that was there before
#define PLAN_NODE_BIND 1u          // bind the host's node where mknod is not permitted
#define PLAN_NODE_IN_DEV 2u        // text[0] is relative to PLAN_SLOT_DEV
#define PLAN_CONSOLE_BIND 1u       // bind the terminal on /dev/console
#define PLAN_PIVOT_NONE 1u         // MS_MOVE and chroot in place of pivot_root
#define PLAN_PIVOT_MAKE_SLAVE 2u   // the old root may be shared: cut it off before it is unmounted
#define PLAN_PROC_THREAD 1u        // the path is relative to thread-self
#define PLAN_SETNS_EARLY 1u        // leave a refusal to the later attempt
#define PLAN_SETNS_LATE 2u         // only where that was refused
#define PLAN_CHDIR_EARLY 1u        // leave a refusal to the later attempt
#define PLAN_SECCOMP_LISTENER 1u   // report the listener's descriptor number and wait for a byte
#define PLAN_CLOSE_KEEP_SIGNALS 1u // leave signals blocked: the next process unblocks them itself
#define PLAN_EXEC_SUPERVISE 1u     // stay as the first process: forward signals, reap, pass on the exit code

enum plan_report_kind {
  PLAN_REPORT_CALL = 1,   // a kernel call that was made (only with PLAN_TRACE)
  PLAN_REPORT_FAILED,     // the kernel call that ended the launch; result is -errno
  PLAN_REPORT_SYNC,       // result is number[0] of the step
  PLAN_REPORT_CONSOLE,    // the terminal's master is attached (SCM_RIGHTS)
  PLAN_REPORT_LISTENER,   // result is the seccomp listener's descriptor number in the init
  PLAN_REPORT_FORKED,     // result is the process that goes on
  PLAN_REPORT_HOOK,       // a hook failed: result is a wait status, or -errno; argument[0] is number[1] of the step
};

struct plan_report {
  uint32_t kind;
  uint32_t step;
  int32_t call;          // system call number, or -1
  uint32_t text_length;  // bytes that follow: the call's texts, each ended by NUL
  int64_t result;
  uint64_t time;         // CLOCK_MONOTONIC in nanoseconds, when the call ended
  uint64_t argument[6];
  uint64_t extra[8];     // the first words of a structure that an argument points to
};

#endif
