#ifndef INIT_DECODE_H
#define INIT_DECODE_H

#include <stddef.h>

#include "plan.h"

struct plan {
  const struct plan_header *header;
  const struct plan_step *steps;
  const char *data;
};

/// Checks a received buffer from end to end, so that no step has to check again.
/// Returns 0, or -EINVAL with nothing written to `plan`. The buffer must be 8-byte aligned.
int plan_decode(const void *buffer, size_t length, struct plan *plan);

/// The text of a step: NUL-ended, in bounds by `plan_decode`.
static inline const char *plan_text(const struct plan *plan, const struct plan_step *step, int which) {
  return plan->data + step->text[which].offset;
}

#endif
