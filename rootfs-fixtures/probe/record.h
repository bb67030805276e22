// One line of JSON per command, written with a single write(2) so that lines of several processes never mix.
#ifndef PROBE_RECORD_H
#define PROBE_RECORD_H

#include <stdbool.h>

/// Begins `{"probe":NAME`.
void record_open(const char *name);
/// Ends the line and writes it to standard output.
void record_close(void);

void put_text(const char *key, const char *value);    // a null pointer becomes null
void put_number(const char *key, long long value);
void put_unsigned(const char *key, unsigned long long value);
void put_bool(const char *key, bool value);
/// `"key":0` on success, else the error's name such as "EPERM".
void put_errno(const char *key, int error);

/// Within a list the keys of the calls above are null pointers.
void list_open(const char *key);
void list_close(void);
void object_open(const char *key);
void object_close(void);

/// Text of the file, or null with errno set. The caller frees it.
char *read_whole(const char *path);

#endif
