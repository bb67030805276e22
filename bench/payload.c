// The container's program, without a C library, so that what is measured is the runtime: linked as /bin/true it
// ends at once, as /bin/pause it waits for a signal.
#include <asm/unistd.h>

static long call(long number, long a, long b) {
#if defined(__x86_64__)
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b) : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1) : "memory");
  return x0;
#endif
}

__attribute__((noreturn)) void _start(void) {
#ifdef PAUSE
  unsigned long none = 0;
  for (;;) call(__NR_rt_sigsuspend, (long)&none, sizeof none);
#endif
  for (;;) call(__NR_exit_group, 0, 0);
}
