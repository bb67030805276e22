// What strains a limit: processor time, disks, huge pages, and processes without end.
#define _GNU_SOURCE
#include "commands.h"
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define BLOCK_ALIGNMENT 4096  // O_DIRECT wants the memory aligned to the disk's sectors, which are never larger
#define HUGE_PAGE (2ul << 20)

static long long microseconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000ll + now.tv_nsec / 1000;
}

static void say_ready(const char *name) {
  record_open(name);
  put_bool("ready", true);
  record_close();
}

static void spin(int argc, char **argv) {
  (void)argc;
  say_ready(argv[0]);
  for (volatile unsigned long turns = 0;; turns++) {}
}

/// Past the page cache, so that the disk itself, and whoever throttles it, sets the pace.
static void transfer(char **argv, int flags) {
  size_t bytes = strtoull(argv[2], NULL, 0), block = strtoull(argv[3], NULL, 0), moved = 0;
  void *memory = NULL;
  int error = posix_memalign(&memory, BLOCK_ALIGNMENT, block);
  int fd = error ? -1 : open(argv[1], flags | O_DIRECT | O_CLOEXEC);
  if (!error && fd < 0) error = errno;
  if (memory) memset(memory, 'x', block);
  long long begin = microseconds_now();
  while (!error && moved < bytes) {
    ssize_t count = flags == O_WRONLY ? write(fd, memory, block) : read(fd, memory, block);
    if (count < 0) error = errno;
    if (count <= 0) break;
    moved += (size_t)count;
  }
  long long end = microseconds_now();
  if (fd >= 0) close(fd);
  free(memory);
  record_open(argv[0]);
  put_errno("errno", error);
  put_unsigned("bytes", moved);
  put_number("microseconds", end - begin);
  record_close();
}

static void write_disk(int argc, char **argv) {
  (void)argc;
  transfer(argv, O_WRONLY);
}

static void read_disk(int argc, char **argv) {
  (void)argc;
  transfer(argv, O_RDONLY);
}

static sigjmp_buf no_page;

static void on_bus_error(int number) {
  (void)number;
  siglongjmp(no_page, 1);
}

/// A page that was reserved but cannot be had is a SIGBUS, one that cannot be reserved an error of mmap(2).
static void eat_huge_pages(int argc, char **argv) {
  (void)argc;
  volatile int got = 0, error = 0;
  struct sigaction action = {.sa_handler = on_bus_error}, before;
  sigaction(SIGBUS, &action, &before);
  bool bus = sigsetjmp(no_page, 1) != 0;
  for (int wanted = atoi(argv[1]); !bus && got < wanted; got++) {
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB;
    volatile char *page = mmap(NULL, HUGE_PAGE, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (page == MAP_FAILED) {
      error = errno;
      break;
    }
    *page = 1;
  }
  sigaction(SIGBUS, &before, NULL);
  record_open("huge-pages");
  put_number("got", got);
  put_bool("bus", bus);
  put_errno("errno", error);
  record_close();
}

/// Every process of it forks for ever; who is refused a child tries again.
static void fork_bomb(int argc, char **argv) {
  (void)argc;
  signal(SIGCHLD, SIG_IGN);
  say_ready(argv[0]);
  for (;;) fork();
}

const struct command load_commands[] = {
    {"spin", "", "say so, then use processor time for ever", 0, spin},
    {"write-disk", "PATH BYTES BLOCK", "write past the page cache; prints the time it took", 3, write_disk},
    {"read-disk", "PATH BYTES BLOCK", "read past the page cache; prints the time it took", 3, read_disk},
    {"huge-pages", "N", "take N pages of 2 MiB one by one and keep them", 1, eat_huge_pages},
    {"fork-bomb", "", "say so, then fork for ever, and each child too", 0, fork_bomb},
    {0},
};
