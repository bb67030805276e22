#include "decode.h"

#include <linux/errno.h>

static int text_is_sound(const struct plan_header *header, const char *data, struct plan_text text) {
  // Widened before the addition: two 32-bit lengths may not wrap around (CVE-2021-43784).
  uint64_t end = (uint64_t)text.offset + text.length;
  return end < header->data_length && data[end] == 0;
}

int plan_decode(const void *buffer, size_t length, struct plan *plan) {
  const struct plan_header *header = buffer;
  if (length < sizeof *header || length > PLAN_LIMIT) return -EINVAL;
  if (header->magic != PLAN_MAGIC || header->version != PLAN_VERSION) return -EINVAL;
  if (header->total != length || (header->flags & ~PLAN_TRACE) || header->reserved) return -EINVAL;
  uint64_t steps_end = sizeof *header + (uint64_t)header->step_count * sizeof(struct plan_step);
  if (header->data_offset != steps_end) return -EINVAL;
  if ((uint64_t)header->data_offset + header->data_length != length) return -EINVAL;

  const struct plan_step *steps = (const struct plan_step *)(header + 1);
  const char *data = (const char *)buffer + header->data_offset;
  for (uint32_t i = 0; i < header->step_count; i++) {
    if (steps[i].op == PLAN_OP_NONE || steps[i].op >= PLAN_OP_COUNT) return -EINVAL;
    for (int t = 0; t < PLAN_TEXTS; t++)
      if (!text_is_sound(header, data, steps[i].text[t])) return -EINVAL;
  }
  // A plan that does not end in an exec would fall off its end.
  if (!header->step_count || steps[header->step_count - 1].op != PLAN_OP_EXEC) return -EINVAL;
  *plan = (struct plan){header, steps, data};
  return 0;
}
