// What the compiler expects of a C library, and no more.
#include "sys.h"

void *memcpy(void *to, const void *from, size_t count) {
  char *t = to;
  const char *f = from;
  while (count--) *t++ = *f++;
  return to;
}

void *memset(void *to, int byte, size_t count) {
  char *t = to;
  while (count--) *t++ = (char)byte;
  return to;
}

size_t strlen(const char *text) {
  const char *end = text;
  while (*end) end++;
  return (size_t)(end - text);
}

int text_equal(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}
