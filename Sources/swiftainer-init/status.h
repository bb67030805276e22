// The kernel's struct stat, as fstat fills it.
#ifndef INIT_STATUS_H
#define INIT_STATUS_H

#include <stdint.h>

struct file_status {
#if defined(__x86_64__)
  uint64_t device, inode, links;
  uint32_t mode, uid, gid, padding;
  uint64_t node;
  int64_t rest[14];
#else
  uint64_t device, inode;
  uint32_t mode, links, uid, gid;
  uint64_t node;
  int64_t rest[12];
#endif
};

#endif
