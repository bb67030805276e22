// From words of the command line to values of D-Bus, as busctl(1) reads them.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "systemd.h"

char *next_word(struct words *words, const char *what) {
  if (words->left <= 0) fail("missing argument: %s", what);
  words->left--;
  return *words->next++;
}

static uint64_t number(const char *text, uint64_t most) {
  char *end;
  errno = 0;
  uint64_t value = strtoull(text, &end, 10);
  if (errno || end == text || *end || *text == '-' || value > most) fail("not a number that fits: %s", text);
  return value;
}

static int64_t signed_number(const char *text, int64_t least, int64_t most) {
  char *end;
  errno = 0;
  int64_t value = strtoll(text, &end, 10);
  if (errno || end == text || *end || value < least || value > most) fail("not a number that fits: %s", text);
  return value;
}

static void check(int code, const char *signature) {
  if (code < 0) fail("value of type %s: %s", signature, strerror(-code));
}

// The length of the first complete type. The runtime has checked the signature; sd-bus checks it again.
static size_t type_length(const char *signature) {
  if (*signature == 'a') return 1 + type_length(signature + 1);
  if (*signature != '(') return *signature ? 1 : 0;
  size_t length = 1;
  while (signature[length] && signature[length] != ')') length += type_length(signature + length);
  if (!signature[length]) fail("signature without an end: %s", signature);
  return length + 1;
}

static void append_basic(sd_bus_message *message, char type, const char *text) {
  union {
    uint8_t byte;
    int16_t int16;
    uint16_t uint16;
    int32_t int32;
    uint32_t uint32;
    int64_t int64;
    uint64_t uint64;
    double number;
    int boolean;
  } value = {0};
  char name[] = {type, 0};
  const void *pointer = &value;
  char *end;
  switch (type) {
    case 'y': value.byte = (uint8_t)number(text, UINT8_MAX); break;
    case 'b': value.boolean = strcmp(text, "true") == 0; break;
    case 'n': value.int16 = (int16_t)signed_number(text, INT16_MIN, INT16_MAX); break;
    case 'q': value.uint16 = (uint16_t)number(text, UINT16_MAX); break;
    case 'i': value.int32 = (int32_t)signed_number(text, INT32_MIN, INT32_MAX); break;
    case 'u': value.uint32 = (uint32_t)number(text, UINT32_MAX); break;
    case 'x': value.int64 = signed_number(text, INT64_MIN, INT64_MAX); break;
    case 't': value.uint64 = number(text, UINT64_MAX); break;
    case 'd':
      value.number = strtod(text, &end);
      if (end == text || *end) fail("not a number: %s", text);
      break;
    case 's':
    case 'o':
    case 'g': pointer = text; break;
    default: fail("type %c is not known", type);
  }
  check(sd_bus_message_append_basic(message, type, pointer), name);
}

void append_values(sd_bus_message *message, const char *signature, struct words *words) {
  while (*signature) {
    size_t length = type_length(signature);
    char *inner = strndup(signature + 1, length - 1);
    switch (*signature) {
      case 'a': {
        uint64_t count = number(next_word(words, "length of an array"), 1 << 20);
        check(sd_bus_message_open_container(message, 'a', inner), signature);
        while (count-- > 0) append_values(message, inner, words);
        check(sd_bus_message_close_container(message), signature);
        break;
      }
      case '(':
        inner[length - 2] = 0;
        check(sd_bus_message_open_container(message, 'r', inner), signature);
        append_values(message, inner, words);
        check(sd_bus_message_close_container(message), signature);
        break;
      default: append_basic(message, *signature, next_word(words, "value"));
    }
    free(inner);
    signature += length;
  }
}

// Skips what append_values would have taken.
static void skip_values(const char *signature, struct words *words) {
  while (*signature) {
    size_t length = type_length(signature);
    char *inner = strndup(signature + 1, length - 1);
    if (*signature == 'a') {
      uint64_t count = number(next_word(words, "length of an array"), 1 << 20);
      while (count-- > 0) skip_values(inner, words);
    } else if (*signature == '(') {
      inner[length - 2] = 0;
      skip_values(inner, words);
    } else {
      next_word(words, "value");
    }
    free(inner);
    signature += length;
  }
}

void append_properties(sd_bus *bus, sd_bus_message *message, struct words *words, bool own) {
  uint64_t count = number(next_word(words, "number of properties"), 1 << 16);
  unsigned version = 0;
  check(sd_bus_message_open_container(message, 'a', "(sv)"), "a(sv)");
  // The number as this process has it in its own namespace could be another's in systemd's.
  if (own) check(sd_bus_message_append(message, "(sv)", "PIDs", "au", 1, (uint32_t)0), "PIDs");
  while (count-- > 0) {
    uint64_t minimum = number(next_word(words, "version"), UINT32_MAX);
    const char *name = next_word(words, "name of a property");
    const char *signature = next_word(words, "signature");
    if (minimum && !version) version = bus_version(bus);
    if (minimum && version && version < minimum) {
      skip_values(signature, words);
      continue;
    }
    check(sd_bus_message_open_container(message, 'r', "sv"), name);
    check(sd_bus_message_append_basic(message, 's', name), name);
    check(sd_bus_message_open_container(message, 'v', signature), name);
    append_values(message, signature, words);
    check(sd_bus_message_close_container(message), name);
    check(sd_bus_message_close_container(message), name);
  }
  check(sd_bus_message_close_container(message), "a(sv)");
}
