// Runs a program and prints which of its functions were entered, in the order of the first time:
// touched FILE PROGRAM [WORD...], where FILE has the functions' addresses, one a line, in hexadecimal.
//
// A breakpoint stands on each of them and is taken away when it is hit, so the program runs nearly at full speed.
// The program's children are left alone; those that share its memory must not enter a function that is listed.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

// A static executable that is not position-independent lies below this address.
static unsigned char original[1 << 26], listed[1 << 26];

static void fail(const char *what) {
  fprintf(stderr, "touched: %s: %s\n", what, strerror(errno));
  exit(125);
}

static void put(int memory, unsigned long at, unsigned char byte) {
  if (pwrite(memory, &byte, 1, (off_t)at) != 1) fail("write to the program's memory");
}

int main(int count, char **words) {
  if (count < 3) {
    fprintf(stderr, "usage: touched FILE PROGRAM [WORD...]\n");
    return 125;
  }
  FILE *list = fopen(words[1], "r");
  if (!list) fail(words[1]);
  pid_t child = fork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    dup2(STDERR_FILENO, STDOUT_FILENO);
    execv(words[2], words + 2);
    _exit(127);
  }
  int status;
  if (waitpid(child, &status, 0) < 0 || !WIFSTOPPED(status)) fail(words[2]);
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/mem", (int)child);
  int memory = open(path, O_RDWR | O_CLOEXEC);
  if (memory < 0) fail(path);
  unsigned long at;
  while (fscanf(list, "%lx", &at) == 1) {
    if (at >= sizeof listed || listed[at]) continue;
    if (pread(memory, &original[at], 1, (off_t)at) != 1) continue;
    listed[at] = 1;
    put(memory, at, 0xcc);
  }
  int signal = 0;
  while (ptrace(PTRACE_CONT, child, 0, signal) == 0) {
    if (waitpid(child, &status, 0) < 0 || !WIFSTOPPED(status)) break;
    signal = WSTOPSIG(status);
    struct user_regs_struct registers;
    if (signal != SIGTRAP || ptrace(PTRACE_GETREGS, child, 0, &registers) != 0) continue;
    at = registers.rip - 1;
    if (at >= sizeof listed || !listed[at]) continue;
    printf("%lx\n", at);
    put(memory, at, original[at]);
    listed[at] = 0;
    registers.rip = at;
    ptrace(PTRACE_SETREGS, child, 0, &registers);
    signal = 0;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
