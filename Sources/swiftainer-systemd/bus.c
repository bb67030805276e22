// The connection to systemd, and waiting for its jobs.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "systemd.h"

// systemd's own socket: root alone may use it, and no bus daemon has to run, or to be alive.
static sd_bus *connect_private(void) {
  sd_bus *bus = NULL;
  if (sd_bus_new(&bus) < 0) return NULL;
  if (sd_bus_set_address(bus, "unix:path=/run/systemd/private") < 0 || sd_bus_start(bus) < 0)
    return sd_bus_unref(bus);
  return bus;
}

sd_bus *bus_connect(bool user) {
  sd_bus *bus = NULL;
  if (!user && geteuid() == 0) bus = connect_private();
  if (!bus) {
    int code = user ? sd_bus_open_user(&bus) : sd_bus_open_system(&bus);
    if (code < 0) fail("connect to %s: %s", user ? "the user's systemd" : "systemd", strerror(-code));
  }
  // The alarm that main has set comes first.
  sd_bus_set_method_call_timeout(bus, 2 * PATIENCE * 1000000ULL);
  return bus;
}

unsigned bus_version(sd_bus *bus) {
  char *text = NULL;
  unsigned version = 0;
  if (sd_bus_get_property_string(bus, SYSTEMD, MANAGER_PATH, MANAGER, "Version", NULL, &text) >= 0) {
    // As `252.38-1~deb12u1`, or in older ones `systemd 219`.
    const char *digits = strpbrk(text, "0123456789");
    if (digits) version = (unsigned)strtoul(digits, NULL, 10);
  }
  free(text);
  return version;
}

static int removed(sd_bus_message *message, void *data, sd_bus_error *error) {
  (void)error;
  struct job *job = data;
  const char *path, *unit, *result;
  uint32_t number;
  if (sd_bus_message_read(message, "uoss", &number, &path, &unit, &result) < 0) return 0;
  // The job's end may arrive before the answer that tells its path. sd-bus keeps it back meanwhile: signals are
  // delivered by sd_bus_process alone.
  if (job->path && strcmp(job->path, path) == 0 && !job->result) job->result = strdup(result);
  return 0;
}

void job_watch(sd_bus *bus, struct job *job) {
  *job = (struct job){0};
  int code = sd_bus_match_signal(bus, NULL, NULL, MANAGER_PATH, MANAGER, "JobRemoved", removed, job);
  if (code < 0) fail("listen to systemd: %s", strerror(-code));
  // On a bus, signals are sent only while somebody has asked for them.
  const char *name;
  if (sd_bus_get_unique_name(bus, &name) < 0) return;
  sd_bus_error error = SD_BUS_ERROR_NULL;
  code = sd_bus_call_method(bus, SYSTEMD, MANAGER_PATH, MANAGER, "Subscribe", &error, NULL, NULL);
  if (code < 0) fail_call(&error, code);
}

void job_wait(sd_bus *bus, struct job *job) {
  while (!job->result) {
    int code = sd_bus_process(bus, NULL);
    if (code == 0) code = sd_bus_wait(bus, UINT64_MAX);
    if (code < 0 && code != -EINTR) fail("listen to systemd: %s", strerror(-code));
  }
}
