#ifndef INIT_LIST_H
#define INIT_LIST_H

/// The NUL-separated text `which` of the step as a NULL-ended array; NULL where there is no memory.
const char **list_of(int which);

#endif
