// Fuzzes the check of a launch plan: what `plan_decode` accepts, the steps may read without checking again.
//
// Built with libFuzzer and AddressSanitizer by fuzz/run.sh. The copy of the input is exactly as long as the input,
// so that a read behind its end is seen.
#include <stdlib.h>
#include <string.h>

#include "decode.h"

static void require(int holds) {
  if (!holds) abort();
}

// Touches what the operations would: every text up to its NUL, as one text and as a list.
static void read_step(const struct plan *plan, const struct plan_step *step) {
  require(step->op > PLAN_OP_NONE && step->op < PLAN_OP_COUNT);
  for (int which = 0; which < PLAN_TEXTS; which++) {
    const char *text = plan_text(plan, step, which);
    const char *end = text + step->text[which].length;
    require(*end == 0);
    size_t used = 0;
    for (const char *item = text; item < end; item += strlen(item) + 1) used += strlen(item) + 1;
    require(used <= (size_t)step->text[which].length + 1);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *copy = malloc(size ? size : 1);
  if (!copy) return 0;
  memcpy(copy, data, size);
  struct plan plan = {0};
  if (plan_decode(copy, size, &plan) == 0) {
    require(plan.header->step_count > 0);
    for (uint32_t i = 0; i < plan.header->step_count; i++) read_step(&plan, &plan.steps[i]);
    require(plan.steps[plan.header->step_count - 1].op == PLAN_OP_EXEC);
  } else {
    require(!plan.header && !plan.steps && !plan.data);
  }
  free(copy);
  return 0;
}

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t limit);

// A header that fits is never found by chance: most mutations get one, and each check is left for some to fail.
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t limit, unsigned seed) {
  size = LLVMFuzzerMutate(data, size, limit);
  size_t smallest = sizeof(struct plan_header) + sizeof(struct plan_step) + 1;
  if (seed % 8 == 0 || limit < smallest) return size;
  if (size < smallest) {
    memset(data + size, 0, smallest - size);
    size = smallest;
  }
  struct plan_header header;
  memcpy(&header, data, sizeof header);
  uint32_t room = (uint32_t)((size - sizeof header - 1) / sizeof(struct plan_step));
  header.magic = PLAN_MAGIC;
  header.version = PLAN_VERSION;
  header.total = (uint32_t)size;
  header.step_count = 1 + header.step_count % room;
  header.data_offset = (uint32_t)(sizeof header + header.step_count * sizeof(struct plan_step));
  header.data_length = header.total - header.data_offset;
  header.flags &= PLAN_TRACE;
  header.reserved = 0;
  memcpy(data, &header, sizeof header);
  for (uint32_t i = 0; i < header.step_count && seed % 8 > 1; i++) {
    uint8_t *at = data + sizeof header + i * sizeof(struct plan_step);
    struct plan_step step;
    memcpy(&step, at, sizeof step);
    step.op = i + 1 == header.step_count ? PLAN_OP_EXEC : 1 + step.op % (PLAN_OP_COUNT - 1);
    for (int which = 0; which < PLAN_TEXTS && seed % 8 > 2; which++) {
      struct plan_text *text = &step.text[which];
      text->offset %= header.data_length;
      text->length %= header.data_length - text->offset;
      if (seed % 8 > 3) data[header.data_offset + text->offset + text->length] = 0;
    }
    memcpy(at, &step, sizeof step);
  }
  return size;
}
