#include "shim.h"

// Written by the build; a flag of the compiler would make it build everything anew for each commit.
#if __has_include("commit.h")
#include "commit.h"
#else
#define BUILD_COMMIT "unknown"
#endif

const char *shim_build_commit(void) { return BUILD_COMMIT; }
