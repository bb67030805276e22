// What the files of swiftainer-systemd share. Design: docs/design/0007-systemd-cgroups.md.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

// How long all of it may take, in seconds.
#define PATIENCE 30

#define SYSTEMD "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER SYSTEMD ".Manager"

// What is left of the command line.
struct words {
  char **next;
  int left;
};

// Answers `error TEXT` in one line and ends the program.
[[noreturn]] void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
// The same for a call, with what systemd says, else the error number.
[[noreturn]] void fail_call(const sd_bus_error *error, int code);

char *next_word(struct words *words, const char *what);

// Connects to systemd, or fails.
sd_bus *bus_connect(bool user);
// systemd's version, 0 where it does not tell.
unsigned bus_version(sd_bus *bus);
// Appends values in the form of busctl: arrays begin with their length, variants with their signature.
void append_values(sd_bus_message *message, const char *signature, struct words *words);
// Appends an array of properties: their number, then MINIMUM-VERSION NAME SIGNATURE VALUES for each. Those that this
// systemd is too old for are left out. `own` adds this process as the unit's.
void append_properties(sd_bus *bus, sd_bus_message *message, struct words *words, bool own);

// Waits for jobs. Begun before the call that makes one, so that none is missed.
struct job {
  char *path;
  char *result;
};
void job_watch(sd_bus *bus, struct job *job);
// Waits until the job is over.
void job_wait(sd_bus *bus, struct job *job);
