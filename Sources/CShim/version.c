#include "shim.h"

#ifndef BUILD_COMMIT
#define BUILD_COMMIT "unknown"
#endif

const char *shim_build_commit(void) { return BUILD_COMMIT; }
