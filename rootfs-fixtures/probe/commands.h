// Every command of the probe: its arguments are what stands between two `--`, its name first.
#ifndef PROBE_COMMANDS_H
#define PROBE_COMMANDS_H

struct command {
  const char *name;
  const char *arguments;
  const char *purpose;
  int least;  // the fewest arguments, the name not counted
  void (*run)(int argc, char **argv);
};

extern const struct command identity_commands[];
extern const struct command file_commands[];
extern const struct command process_commands[];
extern const struct command kernel_commands[];
extern const struct command terminal_commands[];
extern const struct command attack_commands[];
extern const struct command load_commands[];

/// The probe's own whole command line, for `args`.
extern int whole_argc;
extern char **whole_argv;

/// A signal by number, by name, or by name with SIG; 0 where it is none.
int signal_number(const char *text);
const char *signal_name(int number);

#endif
