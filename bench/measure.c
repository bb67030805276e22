// Runs commands and tells what each cost: whole processes, from the spawn to the end, interleaved.
//
// Reads a job from standard input, a line each, words separated by tabs:
//   rounds N            how many samples of each subject; the subjects take turns
//   subject NAME        begins a subject; the following lines are its steps, done in order for each sample
//   spawn WORD...       start a program and wait for its end, which must be a success
//   batch N WORD...     start N at once and wait for all; `%` in a word becomes 0 to N-1
//   watch FILE          hold the process whose number is in FILE
//   await               wait for the held process's end, and reap it, as an engine does
// and prints a line for each sample: NAME, wall time in us, processor time in us, peak memory in KiB.
//
// Static and small on purpose: the peak memory that the kernel reports for a program is never less than that of
// the process that spawned it.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LINES = 256, WORDS = 64, BATCH = 64 };

struct step {
  char *word[WORDS];  // the first says what to do
  int count;
};

struct sample {
  double processor;  // us
  long memory;       // KiB
};

static struct step steps[LINES];
static int step_count;
static pid_t held;
static int held_fd = -1;
extern char **environ;

static void fail(const char *what) {
  fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static pid_t start(char **words) {
  pid_t pid;
  errno = posix_spawnp(&pid, words[0], NULL, NULL, words, environ);
  if (errno) fail(words[0]);
  return pid;
}

static void finish(pid_t pid, char **words, struct sample *sample) {
  int status;
  struct rusage usage;
  while (wait4(pid, &status, 0, &usage) < 0)
    if (errno != EINTR) fail("wait4");
  if (status != 0) {
    fprintf(stderr, "measure: wait status %#x of", status);
    for (; *words; words++) fprintf(stderr, " %s", *words);
    fprintf(stderr, "\n");
    exit(1);
  }
  sample->processor += (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
                       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  if (usage.ru_maxrss > sample->memory) sample->memory = usage.ru_maxrss;
}

static void batch(const struct step *step, struct sample *sample) {
  static char text[BATCH][WORDS][256];
  char *words[BATCH][WORDS];
  pid_t pids[BATCH];
  int count = atoi(step->word[1]);
  if (count < 1 || count > BATCH) fail("batch");
  for (int i = 0; i < count; i++) {
    int used = 0;
    for (int w = 2; w < step->count; w++, used++) {
      const char *mark = strchr(step->word[w], '%');
      words[i][used] = step->word[w];
      if (!mark) continue;
      snprintf(text[i][used], sizeof text[i][used], "%.*s%d%s", (int)(mark - step->word[w]), step->word[w], i, mark + 1);
      words[i][used] = text[i][used];
    }
    words[i][used] = NULL;
  }
  for (int i = 0; i < count; i++) pids[i] = start(words[i]);
  for (int i = 0; i < count; i++) finish(pids[i], words[i], sample);
}

static void watch(const char *file) {
  char text[32] = "";
  int descriptor = open(file, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0 || read(descriptor, text, sizeof text - 1) <= 0) fail(file);
  close(descriptor);
  held = atoi(text);
  held_fd = (int)syscall(SYS_pidfd_open, held, 0);
  if (held_fd < 0) fail("pidfd_open");
}

static void await(void) {
  struct pollfd polled = {.fd = held_fd, .events = POLLIN};
  while (poll(&polled, 1, -1) < 0)
    if (errno != EINTR) fail("poll");
  if (waitpid(held, NULL, 0) < 0 && errno != ECHILD) fail("waitpid");
  close(held_fd);
}

// Does a subject's steps, which begin behind its line, and returns the line behind them.
static int take_sample(int first, int print) {
  struct sample sample = {0, 0};
  double begin = now();
  int at = first + 1;
  for (; at < step_count && strcmp(steps[at].word[0], "subject"); at++) {
    struct step *step = &steps[at];
    const char *what = step->word[0];
    if (!strcmp(what, "spawn")) {
      finish(start(step->word + 1), step->word + 1, &sample);
    } else if (!strcmp(what, "batch")) {
      batch(step, &sample);
    } else if (!strcmp(what, "watch")) {
      watch(step->word[1]);
    } else if (!strcmp(what, "await")) {
      await();
    } else {
      errno = EINVAL;
      fail(what);
    }
  }
  double wall = now() - begin;
  if (print) {
    printf("%s\t%.1f\t%.1f\t%ld\n", steps[first].word[1], wall, sample.processor, sample.memory);
    fflush(stdout);
  }
  return at;
}

int main(void) {
  static char line[1 << 14];
  int rounds = 1;
  while (fgets(line, sizeof line, stdin)) {
    line[strcspn(line, "\n")] = 0;
    if (!*line) continue;
    if (step_count == LINES) fail("too many lines");
    struct step *step = &steps[step_count];
    step->count = 0;
    for (char *word = strtok(strdup(line), "\t"); word && step->count < WORDS - 1; word = strtok(NULL, "\t"))
      step->word[step->count++] = word;
    step->word[step->count] = NULL;
    if (!strcmp(step->word[0], "rounds")) {
      rounds = atoi(step->word[1]);
    } else {
      step_count++;
    }
  }
  // Orphans come here, as to an engine's shim.
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) fail("prctl");
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  int own = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
  if (null < 0 || own < 0) fail("open");
  dup2(null, STDIN_FILENO);
  dup2(null, STDOUT_FILENO);
  stdout = fdopen(own, "w");
  // The first two rounds warm the caches.
  for (int round = -2; round < rounds; round++)
    for (int at = 0; at < step_count;) at = take_sample(at, round >= 0);
  return 0;
}
