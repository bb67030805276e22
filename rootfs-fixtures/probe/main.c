// The test payload: says from inside a container what it is given, and does what a test asks.
#include "commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int whole_argc;
char **whole_argv;

static const struct command *const rooms[] = {
    identity_commands, file_commands, process_commands, kernel_commands, terminal_commands, attack_commands,
    load_commands,
};
static const char *const titles[] = {
    "identity", "files", "processes", "kernel", "terminal", "attacks", "load",
};

static const struct command *find(const char *name) {
  for (size_t room = 0; room < sizeof rooms / sizeof *rooms; room++) {
    for (const struct command *c = rooms[room]; c->name; c++) {
      if (strcmp(c->name, name) == 0) return c;
    }
  }
  return NULL;
}

static int help(void) {
  puts("usage: probe COMMAND [ARGUMENT…] [-- COMMAND [ARGUMENT…]]…\n\n"
       "Runs the commands in turn in one process. Each prints one line of JSON whose \"probe\" is its name.");
  for (size_t room = 0; room < sizeof rooms / sizeof *rooms; room++) {
    printf("\n%s\n", titles[room]);
    for (const struct command *c = rooms[room]; c->name; c++) {
      printf("  %-15s %-26s %s\n", c->name, c->arguments, c->purpose);
    }
  }
  return 0;
}

static int complain(const char *text, const char *what) {
  fprintf(stderr, "probe: %s: %s\n", what, text);
  return 64;
}

int main(int argc, char **argv) {
  whole_argc = argc;
  whole_argv = argv;
  if (argc < 2 || strcmp(argv[1], "--help") == 0) return help();
  for (int start = 1; start < argc;) {
    int end = start;
    while (end < argc && strcmp(argv[end], "--") != 0) end++;
    if (end > start) {
      const struct command *command = find(argv[start]);
      if (!command) return complain("no such command", argv[start]);
      if (end - start - 1 < command->least) return complain("too few arguments", argv[start]);
      char *separator = argv[end];  // null after the last command, as execve(2) wants it
      argv[end] = NULL;
      command->run(end - start, argv + start);
      argv[end] = separator;
    }
    start = end + 1;
  }
  return 0;
}
