// Files, folders, devices, mounts, descriptors and unix sockets as this process finds them.
#define _GNU_SOURCE
#include "commands.h"
#include "record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

/// One line with the command's name, its first argument and how it went.
static void report(char **argv, bool failed) {
  int error = failed ? errno : 0;
  record_open(argv[0]);
  put_text("path", argv[1]);
  put_errno("errno", error);
  record_close();
}

static void mounts(int argc, char **argv) {
  (void)argc, (void)argv;
  char *text = read_whole("/proc/self/mountinfo"), *rest = text, *line;
  record_open("mounts");
  put_errno("errno", text ? 0 : errno);
  list_open("mounts");
  while (rest && (line = strsep(&rest, "\n"))) {
    if (*line) put_text(NULL, line);
  }
  list_close();
  record_close();
  free(text);
}

static void put_descriptor(int fd) {
  struct stat info;
  if (fstat(fd, &info) != 0) return;
  char path[64], target[4096];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(path, target, sizeof target - 1);
  target[length < 0 ? 0 : length] = 0;
  object_open(NULL);
  put_number("fd", fd);
  put_text("target", length < 0 ? NULL : target);
  put_number("flags", fcntl(fd, F_GETFL));
  put_number("cloexec", fcntl(fd, F_GETFD));
  put_unsigned("dev", info.st_dev);
  put_unsigned("ino", info.st_ino);
  put_unsigned("mode", info.st_mode);
  object_close();
}

static void fds(int argc, char **argv) {
  (void)argc, (void)argv;
  record_open("fds");
  list_open("fds");
  DIR *folder = opendir("/proc/self/fd");
  struct dirent *entry;
  while (folder && (entry = readdir(folder))) {
    int fd = atoi(entry->d_name);
    if (entry->d_name[0] != '.' && fd != dirfd(folder)) put_descriptor(fd);
  }
  if (!folder) {  // no /proc: ask for each number
    for (int fd = 0; fd < 4096; fd++) put_descriptor(fd);
  }
  if (folder) closedir(folder);
  list_close();
  record_close();
}

static const char *type_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG: return "file";
    case S_IFDIR: return "folder";
    case S_IFLNK: return "link";
    case S_IFCHR: return "char";
    case S_IFBLK: return "block";
    case S_IFIFO: return "fifo";
    case S_IFSOCK: return "socket";
    default: return "unknown";
  }
}

static void stat_one(char **argv, bool follow) {
  struct stat info;
  int failed = follow ? stat(argv[1], &info) : lstat(argv[1], &info);
  int error = failed ? errno : 0;
  record_open(argv[0]);
  put_text("path", argv[1]);
  put_errno("errno", error);
  if (!failed) {
    put_text("type", type_of(info.st_mode));
    put_number("mode", info.st_mode & 07777);
    put_number("uid", info.st_uid);
    put_number("gid", info.st_gid);
    put_number("size", info.st_size);
    put_unsigned("ino", info.st_ino);
    put_unsigned("dev", info.st_dev);
    put_number("major", major(info.st_rdev));
    put_number("minor", minor(info.st_rdev));
    put_number("atime", info.st_atim.tv_sec);
    struct statfs file_system;
    if (statfs(argv[1], &file_system) == 0) {
      put_unsigned("magic", (unsigned)file_system.f_type);
      put_unsigned("mountFlags", (unsigned long long)file_system.f_flags);
      put_unsigned("bytes", file_system.f_blocks * (unsigned long long)file_system.f_bsize);
    }
  }
  record_close();
}

static void stat_followed(int argc, char **argv) {
  (void)argc;
  stat_one(argv, true);
}

static void stat_link(int argc, char **argv) {
  (void)argc;
  stat_one(argv, false);
}

static int open_flags(const char *text) {
  static const struct {
    const char *name;
    int flag;
  } known[] = {
      {"r", O_RDONLY},        {"w", O_WRONLY},         {"rw", O_RDWR},       {"creat", O_CREAT},
      {"trunc", O_TRUNC},     {"excl", O_EXCL},        {"append", O_APPEND}, {"path", O_PATH},
      {"dir", O_DIRECTORY},   {"nofollow", O_NOFOLLOW}, {"nonblock", O_NONBLOCK}, {"noatime", O_NOATIME},
  };
  int flags = O_NOCTTY | O_CLOEXEC;
  char *copy = strdup(text), *rest = copy, *word;
  while ((word = strsep(&rest, ","))) {
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
      if (strcmp(known[i].name, word) == 0) flags |= known[i].flag;
    }
  }
  free(copy);
  return flags;
}

static void open_one(int argc, char **argv) {
  (void)argc;
  int fd = open(argv[1], open_flags(argv[2]), 0644);
  report(argv, fd < 0);
  if (fd >= 0) close(fd);
}

static void read_one(int argc, char **argv) {
  (void)argc;
  char *text = read_whole(argv[1]);
  int error = text ? 0 : errno;
  record_open("read");
  put_text("path", argv[1]);
  put_errno("errno", error);
  put_text("text", text);
  record_close();
  free(text);
}

static void write_one(int argc, char **argv) {
  (void)argc;
  bool failed = true;
  int fd = open(argv[1], O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);
  if (fd >= 0) {
    failed = write(fd, argv[2], strlen(argv[2])) < 0;
    int error = errno;
    close(fd);
    errno = error;
  }
  report(argv, failed);
}

static void list_folder(int argc, char **argv) {
  (void)argc;
  DIR *folder = opendir(argv[1]);
  int error = folder ? 0 : errno;
  record_open("ls");
  put_text("path", argv[1]);
  put_errno("errno", error);
  list_open("names");
  struct dirent *entry;
  while (folder && (entry = readdir(folder))) {
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) put_text(NULL, entry->d_name);
  }
  list_close();
  record_close();
  if (folder) closedir(folder);
}

static void read_link(int argc, char **argv) {
  (void)argc;
  char target[4096];
  ssize_t length = readlink(argv[1], target, sizeof target - 1);
  int error = length < 0 ? errno : 0;
  target[length < 0 ? 0 : length] = 0;
  record_open("readlink");
  put_text("path", argv[1]);
  put_errno("errno", error);
  put_text("target", length < 0 ? NULL : target);
  record_close();
}

static void make_node(int argc, char **argv) {
  mode_t type = *argv[2] == 'b' ? S_IFBLK : *argv[2] == 'p' ? S_IFIFO : S_IFCHR;
  unsigned major_number = argc > 3 ? (unsigned)atoi(argv[3]) : 0;
  unsigned minor_number = argc > 4 ? (unsigned)atoi(argv[4]) : 0;
  report(argv, mknod(argv[1], type | 0600, makedev(major_number, minor_number)) != 0);
}

static void make_folder(int argc, char **argv) {
  (void)argc;
  report(argv, mkdir(argv[1], 0755) != 0);
}

static void remove_one(int argc, char **argv) {
  (void)argc;
  report(argv, remove(argv[1]) != 0);
}

static void change_mode(int argc, char **argv) {
  (void)argc;
  report(argv, chmod(argv[1], (mode_t)strtoul(argv[2], NULL, 8)) != 0);
}

static void change_owner(int argc, char **argv) {
  (void)argc;
  report(argv, chown(argv[1], (uid_t)atoi(argv[2]), (gid_t)atoi(argv[2])) != 0);
}

static void change_folder(int argc, char **argv) {
  (void)argc;
  report(argv, chdir(argv[1]) != 0);
}

static void make_link(int argc, char **argv) {
  (void)argc;
  report(argv, symlink(argv[2], argv[1]) != 0);
}

static void mount_one(int argc, char **argv) {
  unsigned long flags = argc > 4 ? strtoul(argv[4], NULL, 0) : 0;
  report(argv, mount(argv[2], argv[1], argc > 3 ? argv[3] : NULL, flags, argc > 5 ? argv[5] : NULL) != 0);
}

static void unmount_one(int argc, char **argv) {
  (void)argc;
  report(argv, umount2(argv[1], MNT_DETACH) != 0);
}

static int socket_at(const char *path, struct sockaddr_un *address) {
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  strncpy(address->sun_path, path, sizeof address->sun_path - 1);
  return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static void connect_one(int argc, char **argv) {
  struct sockaddr_un address;
  int fd = socket_at(argv[1], &address);
  bool failed = connect(fd, (struct sockaddr *)&address, sizeof address) != 0;
  if (!failed && argc > 2) failed = write(fd, argv[2], strlen(argv[2])) < 0;
  report(argv, failed);
  close(fd);
}

static void listen_one(int argc, char **argv) {
  (void)argc;
  struct sockaddr_un address;
  int fd = socket_at(argv[1], &address);
  bool failed = bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 4) != 0;
  report(argv, failed);  // the line tells the test that it may connect
  int peer = failed ? -1 : accept4(fd, NULL, NULL, SOCK_CLOEXEC);
  char text[256];
  ssize_t count = peer < 0 ? -1 : read(peer, text, sizeof text - 1);
  text[count < 0 ? 0 : count] = 0;
  record_open("accepted");
  put_text("text", text);
  record_close();
  if (peer >= 0) close(peer);
  close(fd);
}

static void hash_stdin(int argc, char **argv) {
  (void)argc, (void)argv;
  uint64_t hash = 14695981039346656037u;  // FNV-1a, 64 bits
  unsigned long long total = 0;
  unsigned char bytes[65536];
  ssize_t count;
  while ((count = read(STDIN_FILENO, bytes, sizeof bytes)) > 0) {
    for (ssize_t i = 0; i < count; i++) hash = (hash ^ bytes[i]) * 1099511628211u;
    total += (unsigned long long)count;
  }
  record_open("stdin-hash");
  put_unsigned("bytes", total);
  put_unsigned("fnv1a", hash);
  record_close();
}

static void stdin_line(int argc, char **argv) {
  (void)argc, (void)argv;
  char text[4096];
  size_t length = 0;
  while (length < sizeof text - 1 && read(STDIN_FILENO, text + length, 1) == 1) {
    if (text[length] == '\n') break;
    length++;
  }
  text[length] = 0;
  record_open("line");
  put_text("text", text);
  record_close();
}

static void print_text(int argc, char **argv) {
  FILE *stream = argc > 2 && strcmp(argv[2], "stderr") == 0 ? stderr : stdout;
  fprintf(stream, "%s\n", argv[1]);
  fflush(stream);
}

const struct command file_commands[] = {
    {"mounts", "", "lines of mountinfo", 0, mounts},
    {"fds", "", "open descriptors", 0, fds},
    {"stat", "PATH", "type, mode, owner, device; links followed", 1, stat_followed},
    {"lstat", "PATH", "the same of the link itself", 1, stat_link},
    {"open", "PATH FLAG[,FLAG…]", "r w rw creat trunc excl append path dir nofollow …", 2, open_one},
    {"read", "PATH", "text of a file", 1, read_one},
    {"write", "PATH TEXT", "write text, making the file", 2, write_one},
    {"ls", "PATH", "names in a folder", 1, list_folder},
    {"readlink", "PATH", "target of a link", 1, read_link},
    {"mknod", "PATH c|b|p [MAJOR MINOR]", "make a node", 2, make_node},
    {"mkdir", "PATH", "make a folder", 1, make_folder},
    {"remove", "PATH", "remove a file or an empty folder", 1, remove_one},
    {"chmod", "PATH OCTAL", "change the mode", 2, change_mode},
    {"chown", "PATH ID", "change owner and group", 2, change_owner},
    {"chdir", "PATH", "change the working directory", 1, change_folder},
    {"symlink", "PATH TARGET", "make a link", 2, make_link},
    {"mount", "PATH SOURCE [TYPE [FLAGS [DATA]]]", "try to mount", 2, mount_one},
    {"umount", "PATH", "try to unmount", 1, unmount_one},
    {"connect", "SOCKET [TEXT]", "connect to a unix socket", 1, connect_one},
    {"listen", "SOCKET", "accept one connection and print what it says", 1, listen_one},
    {"stdin-hash", "", "length and FNV-1a of all of stdin", 0, hash_stdin},
    {"line", "", "wait for one line on stdin", 0, stdin_line},
    {"print", "TEXT [stderr]", "print plain text", 1, print_text},
    {0},
};
