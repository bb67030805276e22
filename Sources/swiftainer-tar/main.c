#include "tar.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

void fail(const char *operation, const char *path, const char *reason) {
  fprintf(stderr, "swiftainer: %s %s: %s\n", operation, path, reason);
  exit(1);
}

void fail_errno(const char *operation, const char *path) {
  char text[128], *reason = strerror_r(errno, text, sizeof text);
  // All our errors are lower case.
  char lower[128] = "";
  strncpy(lower, reason, sizeof lower - 1);
  if (*lower >= 'A' && *lower <= 'Z') *lower = (char)(*lower + 'a' - 'A');
  fail(operation, path, lower);
}

int open_in(int folder, const char *path, uint64_t flags, uint64_t resolve) {
  struct open_how how = {.flags = flags | O_CLOEXEC, .resolve = resolve};
  int opened;
  do opened = (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
  while (opened < 0 && (errno == EAGAIN || errno == EINTR));
  return opened;
}

int main(int count, char **words) {
  fcntl(ROOT, F_SETFD, FD_CLOEXEC);
  if (count >= 3 && !strcmp(words[1], "pack")) {
    // Names that are UTF-8 are written as such; of others the bytes are kept. Not to read them: what it reads, libarchive
    // would then bring into another normal form of Unicode, which names other files.
    setlocale(LC_CTYPE, "C.UTF-8");
    pack(words[2], count > 3 ? words[3] : ".");
  } else if (count == 3 && !strcmp(words[1], "unpack")) {
    unpack(words[2]);
  } else {
    fputs("swiftainer-tar: started by swiftainer cp, and by nobody else\n", stderr);
    return 1;
  }
  return 0;
}
