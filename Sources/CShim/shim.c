#define _GNU_SOURCE
#include "shim.h"

#include <string.h>

const char *shim_error_text(int code, char *buffer, size_t size) {
  return strerror_r(code, buffer, size);
}
