#define _GNU_SOURCE
#include "shim_bpf.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int call(int command, union bpf_attr *attribute) {
  // The kernel takes a longer structure than it knows as long as the rest is zero.
  long result = syscall(SYS_bpf, command, attribute, sizeof *attribute);
  return result < 0 ? -errno : (int)result;
}

static uint64_t address(const void *pointer) { return (uint64_t)(uintptr_t)pointer; }

int shim_bpf_load_device_filter(const uint64_t *code, size_t count, const char *name) {
  union bpf_attr attribute;
  memset(&attribute, 0, sizeof attribute);
  attribute.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  attribute.expected_attach_type = BPF_CGROUP_DEVICE;
  attribute.insns = address(code);
  attribute.insn_cnt = (uint32_t)count;
  attribute.license = address("Apache-2.0");
  strncpy(attribute.prog_name, name, sizeof attribute.prog_name - 1);
  return call(BPF_PROG_LOAD, &attribute);
}

int shim_bpf_attach_device_filter(int cgroup, int program, int replaced) {
  union bpf_attr attribute;
  memset(&attribute, 0, sizeof attribute);
  attribute.target_fd = (uint32_t)cgroup;
  attribute.attach_bpf_fd = (uint32_t)program;
  attribute.attach_type = BPF_CGROUP_DEVICE;
  attribute.attach_flags = BPF_F_ALLOW_MULTI;
  if (replaced >= 0) {
    attribute.attach_flags |= BPF_F_REPLACE;
    attribute.replace_bpf_fd = (uint32_t)replaced;
  }
  return call(BPF_PROG_ATTACH, &attribute);
}

int shim_bpf_detach_device_filter(int cgroup, int program) {
  union bpf_attr attribute;
  memset(&attribute, 0, sizeof attribute);
  attribute.target_fd = (uint32_t)cgroup;
  attribute.attach_bpf_fd = (uint32_t)program;
  attribute.attach_type = BPF_CGROUP_DEVICE;
  return call(BPF_PROG_DETACH, &attribute);
}

int shim_bpf_device_filters(int cgroup, uint32_t *ids, uint32_t count) {
  union bpf_attr attribute;
  memset(&attribute, 0, sizeof attribute);
  attribute.query.target_fd = (uint32_t)cgroup;
  attribute.query.attach_type = BPF_CGROUP_DEVICE;
  attribute.query.prog_ids = address(ids);
  attribute.query.prog_cnt = count;
  int result = call(BPF_PROG_QUERY, &attribute);
  return result < 0 ? result : (int)attribute.query.prog_cnt;
}

int shim_bpf_open_program(uint32_t id) {
  union bpf_attr attribute;
  memset(&attribute, 0, sizeof attribute);
  attribute.prog_id = id;
  return call(BPF_PROG_GET_FD_BY_ID, &attribute);
}

int shim_bpf_program_name(int program, char name[16]) {
  struct bpf_prog_info info;
  memset(&info, 0, sizeof info);
  union bpf_attr attribute;
  memset(&attribute, 0, sizeof attribute);
  attribute.info.bpf_fd = (uint32_t)program;
  attribute.info.info_len = sizeof info;
  attribute.info.info = address(&info);
  int result = call(BPF_OBJ_GET_INFO_BY_FD, &attribute);
  if (result < 0) return result;
  memcpy(name, info.name, 16);
  name[15] = 0;
  return 0;
}
