#define _GNU_SOURCE
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *line;
static size_t used, room;

static void append(const char *bytes, size_t count) {
  if (used + count + 1 > room) {
    room = (used + count + 1) * 2;
    line = realloc(line, room);
    if (!line) _exit(70);
  }
  memcpy(line + used, bytes, count);
  used += count;
}

static void append_quoted(const char *text) {
  append("\"", 1);
  for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
    char escape[8];
    if (*c == '"' || *c == '\\') {
      append((char[]){'\\', (char)*c}, 2);
    } else if (*c < 0x20 || *c == 0x7f) {
      append(escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", *c));
    } else {
      append((const char *)c, 1);
    }
  }
  append("\"", 1);
}

static void key_of(const char *key) {
  char last = used ? line[used - 1] : '{';
  if (last != '{' && last != '[') append(",", 1);
  if (key) {
    append_quoted(key);
    append(":", 1);
  }
}

void record_open(const char *name) {
  used = 0;
  append("{", 1);
  put_text("probe", name);
}

void record_close(void) {
  append("}\n", 2);
  size_t done = 0;
  while (done < used) {
    ssize_t count = write(STDOUT_FILENO, line + done, used - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return;  // nobody listens: the payload's behaviour must not depend on it
    done += (size_t)count;
  }
}

void put_text(const char *key, const char *value) {
  key_of(key);
  if (value) {
    append_quoted(value);
  } else {
    append("null", 4);
  }
}

static void put_plain(const char *key, const char *format, ...) {
  char text[32];
  va_list values;
  va_start(values, format);
  int count = vsnprintf(text, sizeof text, format, values);
  va_end(values);
  key_of(key);
  append(text, (size_t)count);
}

void put_number(const char *key, long long value) { put_plain(key, "%lld", value); }
void put_unsigned(const char *key, unsigned long long value) { put_plain(key, "%llu", value); }
void put_bool(const char *key, bool value) { put_plain(key, value ? "true" : "false"); }

void put_errno(const char *key, int error) {
  if (error == 0) {
    put_number(key, 0);
  } else {
    const char *name = strerrorname_np(error);
    put_text(key, name ? name : "unknown");
  }
}

void list_open(const char *key) {
  key_of(key);
  append("[", 1);
}

void list_close(void) { append("]", 1); }

void object_open(const char *key) {
  key_of(key);
  append("{", 1);
}

void object_close(void) { append("}", 1); }

char *read_whole(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return NULL;
  size_t length = 0, capacity = 4096;
  char *text = malloc(capacity);
  while (text) {
    ssize_t count = read(fd, text + length, capacity - length - 1);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      int error = errno;
      free(text);
      close(fd);
      errno = error;
      return NULL;
    }
    if (count == 0) break;
    length += (size_t)count;
    if (capacity - length < 2) text = realloc(text, capacity *= 2);
  }
  close(fd);
  if (text) text[length] = 0;
  return text;
}
