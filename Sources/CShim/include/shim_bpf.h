// bpf(2), as far as device filters need it. Each call returns -errno on failure.
#ifndef SWIFTAINER_SHIM_BPF_H
#define SWIFTAINER_SHIM_BPF_H

#include <stddef.h>
#include <stdint.h>

/// Loads a program of type BPF_PROG_TYPE_CGROUP_DEVICE under a name of at most 15 bytes; the result is its
/// descriptor. `BPF_PROG_LOAD`.
int shim_bpf_load_device_filter(const uint64_t *code, size_t count, const char *name);

/// Attaches a device filter to a cgroup beside those of others. With a descriptor in `replaced` (not -1) it takes
/// that one's place. `BPF_PROG_ATTACH` with `BPF_F_ALLOW_MULTI`, and `BPF_F_REPLACE`.
int shim_bpf_attach_device_filter(int cgroup, int program, int replaced);

/// Detaches a device filter. `BPF_PROG_DETACH`.
int shim_bpf_detach_device_filter(int cgroup, int program);

/// The ids of the device filters attached to the cgroup itself; the result is how many there are, at most
/// `count`. `BPF_PROG_QUERY`.
int shim_bpf_device_filters(int cgroup, uint32_t *ids, uint32_t count);

/// A descriptor of the program with an id. `BPF_PROG_GET_FD_BY_ID`.
int shim_bpf_open_program(uint32_t id);

/// Writes the program's name, at most 15 bytes and a zero. `BPF_OBJ_GET_INFO_BY_FD`.
int shim_bpf_program_name(int program, char name[16]);

#endif
