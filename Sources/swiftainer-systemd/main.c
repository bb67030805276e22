// Makes, changes and stops one unit of systemd, and answers with one line on standard output: `ok`, with what was found,
// or `error` and why. Started by the runtime, and by nobody else.
//
//   swiftainer-systemd [--user] start UNIT PROPERTIES       ok CONTROL-GROUP INVOCATION-ID
//   swiftainer-systemd [--user] set UNIT PROPERTIES         ok
//   swiftainer-systemd [--user] stop UNIT [INVOCATION-ID]   ok
//   swiftainer-systemd [--user] root                        ok CONTROL-GROUP of systemd itself
//
// PROPERTIES: their number, then MINIMUM-VERSION NAME SIGNATURE VALUES for each.
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "systemd.h"

[[noreturn]] void fail(const char *format, ...) {
  char text[4096];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  for (char *at = text; *at; at++)
    if (*at == '\n') *at = ' ';
  dprintf(STDOUT_FILENO, "error %s\n", text);
  exit(1);
}

[[noreturn]] void fail_call(const sd_bus_error *error, int code) {
  fail("%s", error->message ? error->message : strerror(-code));
}

static void late(int number) {
  (void)number;
  static const char text[] = "error systemd did not answer in time\n";
  if (write(STDOUT_FILENO, text, sizeof text - 1) < 0) _exit(2);
  _exit(1);
}

static void answer(const char *text) { dprintf(STDOUT_FILENO, "ok%s%s\n", *text ? " " : "", text); }

static char *unit_path(const char *unit) {
  char *path = NULL;
  int code = sd_bus_path_encode(MANAGER_PATH "/unit", unit, &path);
  if (code < 0) fail("unit %s: %s", unit, strerror(-code));
  return path;
}

static bool is_slice(const char *unit) {
  size_t length = strlen(unit);
  return length > 6 && strcmp(unit + length - 6, ".slice") == 0;
}

// The number that a unit gets at each start, in hexadecimal; empty where it has none, false where there is no unit.
static bool invocation(sd_bus *bus, const char *path, char text[33]) {
  sd_bus_message *reply = NULL;
  sd_bus_error error = SD_BUS_ERROR_NULL;
  const void *bytes = NULL;
  size_t size = 0;
  text[0] = 0;
  int code = sd_bus_get_property(bus, SYSTEMD, path, SYSTEMD ".Unit", "InvocationID", &error, &reply, "ay");
  if (code >= 0) code = sd_bus_message_read_array(reply, 'y', &bytes, &size);
  if (code >= 0 && size == 16)
    for (size_t at = 0; at < 16; at++) sprintf(text + 2 * at, "%02x", ((const uint8_t *)bytes)[at]);
  sd_bus_error_free(&error);
  sd_bus_message_unref(reply);
  return code >= 0;
}

static void reset_failed(sd_bus *bus, const char *unit) {
  // Nearly always there is nothing to reset, which is an error to systemd.
  sd_bus_call_method(bus, SYSTEMD, MANAGER_PATH, MANAGER, "ResetFailedUnit", NULL, NULL, "s", unit);
}

static void finish(sd_bus *bus, struct job *job) {
  job_wait(bus, job);
  if (strcmp(job->result, "done") != 0) fail("systemd's job ended as %s", job->result);
}

// One attempt to have the unit started; 0, or the error number with what systemd says.
static int try_start(
    sd_bus *bus, const char *unit, struct words words, sd_bus_error *error, struct job *job) {
  sd_bus_message *call = NULL, *reply = NULL;
  int code = sd_bus_message_new_method_call(bus, &call, SYSTEMD, MANAGER_PATH, MANAGER, "StartTransientUnit");
  if (code >= 0) code = sd_bus_message_append(call, "ss", unit, "fail");
  if (code < 0) fail("%s", strerror(-code));
  append_properties(bus, call, &words, !is_slice(unit));
  code = sd_bus_message_append(call, "a(sa(sv))", 0);
  if (code < 0) fail("%s", strerror(-code));
  code = sd_bus_call(bus, call, 0, error, &reply);
  const char *path;
  if (code >= 0) code = sd_bus_message_read(reply, "o", &path);
  if (code >= 0) job->path = strdup(path);
  sd_bus_message_unref(call);
  sd_bus_message_unref(reply);
  return code < 0 ? code : 0;
}

// Starts the unit with this process in it, and holds it until the runtime closes our standard input. Also when that has
// happened before, this process lives until the job is done: if it ended while systemd moves it, the scope would never
// have had a process, and systemd (seen with 252) would wait for the end of one for ever.
static void start(sd_bus *bus, struct words words) {
  const char *unit = next_word(&words, "unit");
  struct job job;
  job_watch(bus, &job);
  sd_bus_error error = SD_BUS_ERROR_NULL;
  int code = try_start(bus, unit, words, &error, &job);
  if (code < 0 && sd_bus_error_has_name(&error, SYSTEMD ".UnitExists")) {
    // It may be one that has failed, of which nothing is left but its name.
    reset_failed(bus, unit);
    sd_bus_error_free(&error);
    code = try_start(bus, unit, words, &error, &job);
  }
  if (code < 0) fail_call(&error, code);
  finish(bus, &job);
  char *path = unit_path(unit), *group = NULL, *text = NULL, id[33];
  code = sd_bus_get_property_string(
      bus, SYSTEMD, path, is_slice(unit) ? SYSTEMD ".Slice" : SYSTEMD ".Scope", "ControlGroup", &error, &group);
  if (code < 0) fail_call(&error, code);
  if (!*group) fail("it has no cgroup");
  invocation(bus, path, id);
  if (asprintf(&text, "%s %s", group, id) < 0) fail("out of memory");
  // Nothing is wanted from systemd any more; it should not have to keep us in mind.
  sd_bus_flush_close_unref(bus);
  alarm(0);
  answer(text);
  char byte;
  while (read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR) {}
}

static void set(sd_bus *bus, struct words words) {
  const char *unit = next_word(&words, "unit");
  sd_bus_message *call = NULL;
  int code = sd_bus_message_new_method_call(bus, &call, SYSTEMD, MANAGER_PATH, MANAGER, "SetUnitProperties");
  // Until the next boot: the unit does not live longer either.
  if (code >= 0) code = sd_bus_message_append(call, "sb", unit, 1);
  if (code < 0) fail("%s", strerror(-code));
  append_properties(bus, call, &words, false);
  sd_bus_error error = SD_BUS_ERROR_NULL;
  code = sd_bus_call(bus, call, 0, &error, NULL);
  if (code < 0) fail_call(&error, code);
  answer("");
}

// Stops the unit if it is the one that was started; a unit that is not there is stopped.
static void stop(sd_bus *bus, struct words words) {
  const char *unit = next_word(&words, "unit");
  const char *wanted = words.left > 0 ? next_word(&words, "invocation") : "";
  char id[33];
  bool there = invocation(bus, unit_path(unit), id);
  if (there && (!*wanted || !*id || strcmp(wanted, id) == 0)) {
    struct job job;
    job_watch(bus, &job);
    sd_bus_message *reply = NULL;
    sd_bus_error error = SD_BUS_ERROR_NULL;
    int code = sd_bus_call_method(
        bus, SYSTEMD, MANAGER_PATH, MANAGER, "StopUnit", &error, &reply, "ss", unit, "replace");
    if (code >= 0) {
      const char *path;
      if (sd_bus_message_read(reply, "o", &path) >= 0) job.path = strdup(path);
      finish(bus, &job);
    } else if (!sd_bus_error_has_name(&error, SYSTEMD ".NoSuchUnit")) {
      fail_call(&error, code);
    }
    reset_failed(bus, unit);
  }
  answer("");
}

static void root(sd_bus *bus) {
  sd_bus_error error = SD_BUS_ERROR_NULL;
  char *group = NULL;
  int code = sd_bus_get_property_string(bus, SYSTEMD, MANAGER_PATH, MANAGER, "ControlGroup", &error, &group);
  if (code < 0) fail_call(&error, code);
  answer(group);
}

int main(int count, char **arguments) {
  struct words words = {arguments + 1, count - 1};
  const char *verb = next_word(&words, "verb");
  bool user = strcmp(verb, "--user") == 0;
  if (user) verb = next_word(&words, "verb");
  // What ends the runtime must not end the placeholder before its time.
  signal(SIGTERM, SIG_IGN);
  signal(SIGINT, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  // One limit for all of it: connecting, too, can hang.
  signal(SIGALRM, late);
  alarm(PATIENCE);
  sd_bus *bus = bus_connect(user);
  if (strcmp(verb, "start") == 0) {
    start(bus, words);
  } else if (strcmp(verb, "set") == 0) {
    set(bus, words);
  } else if (strcmp(verb, "stop") == 0) {
    stop(bus, words);
  } else if (strcmp(verb, "root") == 0) {
    root(bus);
  } else {
    fail("unknown verb %s", verb);
  }
  return 0;
}
