#include "list.h"

#include <linux/mman.h>

#include "init.h"

const char **list_of(int which) {
  const char *at = text(which), *end = at + text_length(which);
  size_t count = 0;
  for (const char *walk = at; walk < end; walk += strlen(walk) + 1) count++;
  long memory = sys(__NR_mmap, 0, (count + 1) * sizeof(char *), PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory < 0 && memory > -4096) return 0;
  const char **list = (const char **)memory;
  for (; at < end; at += strlen(at) + 1) *list++ = at;
  return (const char **)memory;
}
