// Asks a name server for one name's address, again and again, and tells how fast the answers come.
//
//   ask NAME SERVER SECONDS AT-ONCE
//
// keeps so many questions on their way over one UDP socket, and prints a line: answers, questions lost (no answer within
// a second), answers a second, median and 99th percentile of the time to the answer in us.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_AT_ONCE = 256, SAMPLES = 1 << 22 };

static float took[SAMPLES];  // us
static double sent[MOST_AT_ONCE];
static uint8_t question[300];
static size_t length;

static void fail(const char *what) {
  fprintf(stderr, "ask: %s: %s\n", what, strerror(errno));
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

// RFC 1035, 4.1: a header with one question and recursion desired; the name; type A, class IN.
static void compose(const char *name) {
  static const uint8_t header[12] = {0, 0, 1, 0, 0, 1}, tail[5] = {0, 0, 1, 0, 1};
  if (strlen(name) > 250) {
    errno = ENAMETOOLONG;
    fail(name);
  }
  memcpy(question, header, sizeof header);
  length = sizeof header;
  for (const char *label = name; *label;) {
    size_t size = strcspn(label, ".");
    question[length++] = (uint8_t)size;
    memcpy(question + length, label, size);
    length += size;
    label += size + (label[size] == '.');
  }
  memcpy(question + length, tail, sizeof tail);
  length += sizeof tail;
}

static void ask(int server, int slot) {
  question[1] = (uint8_t)slot;
  sent[slot] = now();
  if (send(server, question, length, 0) < 0) fail("send");
}

static int by_time(const void *first, const void *second) {
  float left = *(const float *)first, right = *(const float *)second;
  return (left > right) - (left < right);
}

int main(int count, char **words) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(53)};
  if (count != 5 || inet_pton(AF_INET, words[2], &address.sin_addr) != 1) {
    fprintf(stderr, "usage: ask NAME SERVER SECONDS AT-ONCE\n");
    return 2;
  }
  compose(words[1]);
  int at_once = atoi(words[4]);
  if (at_once < 1 || at_once > MOST_AT_ONCE) at_once = 1;
  int server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (server < 0 || connect(server, (struct sockaddr *)&address, sizeof address) < 0) fail(words[2]);

  long answers = 0, lost = 0;
  double begin = now(), end = begin + atof(words[3]) * 1e6;
  for (int slot = 0; slot < at_once; slot++) ask(server, slot);
  while (now() < end) {
    struct pollfd polled = {.fd = server, .events = POLLIN};
    int ready = poll(&polled, 1, 1000);
    if (ready < 0 && errno != EINTR) fail("poll");
    if (ready == 0) {
      for (int slot = 0; slot < at_once; slot++, lost++) ask(server, slot);
      continue;
    }
    uint8_t answer[1500];
    ssize_t size = recv(server, answer, sizeof answer, 0);
    if (size < 0) fail("recv");
    // An error, or no answer in it, is nothing to measure.
    if (size < 12 || (answer[3] & 15) || !answer[7] || answer[1] >= at_once) {
      errno = EPROTO;
      fail(words[1]);
    }
    if (answers < SAMPLES) took[answers++] = (float)(now() - sent[answer[1]]);
    ask(server, answer[1]);
  }
  double seconds = (now() - begin) / 1e6;
  if (!answers) return fprintf(stderr, "ask: no answer\n"), 1;
  qsort(took, (size_t)answers, sizeof *took, by_time);
  printf("%ld %ld %.0f %.1f %.1f\n", answers, lost, (double)answers / seconds, took[answers / 2], took[answers * 99 / 100]);
  return 0;
}
