// Paths inside the container, which the container's files may have filled with hostile links.
//
// Nothing here follows a path from the host's root: each look-up starts at the O_PATH handle on the root file
// system, and openat2 keeps it inside (CVE-2021-30465, CVE-2024-45310).
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/openat2.h>
#include <linux/stat.h>

#include "init.h"
#include "status.h"

#define PATH_LIMIT 4096
#define LINK_LIMIT 40

long open_in(int root, const char *path, uint64_t flags, uint64_t resolve) {
  struct open_how how = {.flags = flags | O_CLOEXEC, .resolve = RESOLVE_NO_MAGICLINKS | resolve};
  if (flags & O_CREAT) how.mode = 0644;
  long result;
  // EAGAIN: something was renamed while the path was walked; the walk is simply repeated.
  do result = kcall(__NR_openat2, root, *path ? path : ".", &how, sizeof how);
  while (result == -EAGAIN);
  return result;
}

int is_folder(int descriptor) {
  struct file_status status;
  long result = qcall(__NR_fstat, descriptor, &status);
  if (result < 0) return (int)result;
  return (status.mode & S_IFMT) == S_IFDIR;
}

int file_system_is(int descriptor, long magic) {
  long status[16];
  long result = qcall(__NR_fstatfs, descriptor, status);
  if (result < 0) return (int)result;
  return status[0] == magic;
}

static int join(char *to, const char *a, size_t a_length, const char *b) {
  size_t b_length = strlen(b);
  if (a_length + b_length + 2 > PATH_LIMIT) return -ENAMETOOLONG;
  char whole[PATH_LIMIT];
  memcpy(whole, a, a_length);
  whole[a_length] = '/';
  memcpy(whole + a_length + 1, b, b_length + 1);
  memcpy(to, whole, a_length + b_length + 2);
  return 0;
}

// Where an existing but dangling link stands at path[start..<end], put what it points to in its place.
static int splice_link(char *path, size_t start, size_t end, int parent) {
  char name[256], target[PATH_LIMIT];
  size_t length = end - start;
  if (length >= sizeof name) return -ENAMETOOLONG;
  memcpy(name, path + start, length);
  name[length] = 0;
  long got = qcall(__NR_readlinkat, parent, name, target, PATH_LIMIT - 1);
  if (got == -EINVAL) return 0;  // no link: another container made it meanwhile, and it is looked up again
  if (got < 0) return (int)got;
  target[got] = 0;
  char rest[PATH_LIMIT];
  size_t rest_length = strlen(path + end);
  memcpy(rest, path + end, rest_length + 1);
  if ((size_t)got + rest_length + start + 2 > PATH_LIMIT) return -ENAMETOOLONG;
  size_t at = target[0] == '/' ? 0 : start;
  memcpy(path + at, target, (size_t)got);
  memcpy(path + at + got, rest, rest_length + 1);
  return 0;
}

static long make_last(int parent, char *name, int file, unsigned folder_mode) {
  if (!file) return kcall(__NR_mkdirat, parent, name, folder_mode);
  long made = open_in(parent, name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, RESOLVE_BENEATH);
  if (made >= 0) sys(__NR_close, made);
  return made < 0 ? made : 0;
}

long open_or_make(const char *wanted, int file, unsigned folder_mode, uint64_t resolve) {
  const uint64_t how = O_PATH;
  int root = in.slot[PLAN_SLOT_ROOT];
  resolve |= RESOLVE_IN_ROOT;
  long found = open_in(root, wanted, how, resolve);
  if (found != -ENOENT) return found;

  char path[PATH_LIMIT];
  if (join(path, "", 0, wanted) < 0) return -ENAMETOOLONG;
  int links = 0;
  size_t end = 0;
  // Each turn settles one more component: path[0..<end] exists, and is looked up anew from the root, since
  // whoever can write there may have changed it since the last turn.
  while (path[end]) {
    size_t start = end;
    while (path[start] == '/') start++;
    if (!path[start]) break;
    size_t next = start;
    while (path[next] && path[next] != '/') next++;
    char keep_byte = path[next];
    path[next] = 0;
    long here = open_in(root, path, how, resolve);
    if (here >= 0) {
      path[next] = keep_byte;
      sys(__NR_close, here);
      end = next;
      continue;
    }
    if (here != -ENOENT) return here;

    char after_parent = path[start];
    path[start] = 0;
    long parent = open_in(root, path, how | O_DIRECTORY, resolve);
    path[start] = after_parent;
    if (parent < 0) return parent;
    int last = keep_byte == 0;
    long made = make_last((int)parent, path + start, last && file, folder_mode);
    path[next] = keep_byte;
    if (made == -EEXIST) {
      // Not there when looked up, yet there: a dangling link, which is followed by hand, inside the root; or it was made
      // in between, by a container that shares the folder.
      int spliced = ++links > LINK_LIMIT ? -ELOOP : splice_link(path, start, next, (int)parent);
      sys(__NR_close, parent);
      if (spliced < 0) return spliced;
      end = 0;
      continue;
    }
    sys(__NR_close, parent);
    if (made < 0) return made;
    end = next;
  }
  return open_in(root, path, how, resolve);
}
