// Runs a program one instruction at a time and writes each code address when it is executed for the first time:
// step FILE PROGRAM [WORD...]. The program's children are left alone.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

// A static executable that is not position-independent lies below this address.
static unsigned char seen[1 << 26];

int main(int count, char **words) {
  FILE *file = count < 3 ? NULL : fopen(words[1], "w");
  if (!file) {
    fprintf(stderr, "step: %s\n", count < 3 ? "usage: step FILE PROGRAM [WORD...]" : strerror(errno));
    return 125;
  }
  pid_t child = fork();
  if (child == 0) {
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    execv(words[2], words + 2);
    _exit(127);
  }
  int status;
  waitpid(child, &status, 0);
  int signal = 0;
  while (ptrace(PTRACE_SINGLESTEP, child, 0, signal) == 0) {
    if (waitpid(child, &status, 0) < 0 || !WIFSTOPPED(status)) break;
    signal = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
    struct user_regs_struct registers;
    if (ptrace(PTRACE_GETREGS, child, 0, &registers) != 0) break;
    unsigned long long at = registers.rip;
    if (at >= sizeof seen || seen[at]) continue;
    seen[at] = 1;
    fprintf(file, "%llx\n", at);
  }
  fclose(file);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
