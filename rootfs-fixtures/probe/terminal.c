// The terminal, if there is one.
#define _GNU_SOURCE
#include "commands.h"
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

static void put_size(void) {
  struct winsize size = {0};
  ioctl(STDIN_FILENO, TIOCGWINSZ, &size);
  put_number("rows", size.ws_row);
  put_number("columns", size.ws_col);
}

static void tty(int argc, char **argv) {
  (void)argc, (void)argv;
  record_open("tty");
  list_open("isatty");
  for (int fd = 0; fd < 3; fd++) put_bool(NULL, isatty(fd));
  list_close();
  char name[256];
  put_text("name", ttyname_r(STDIN_FILENO, name, sizeof name) == 0 ? name : NULL);
  put_size();
  put_number("foreground", tcgetpgrp(STDIN_FILENO));
  put_number("pgid", getpgrp());
  put_number("ttySession", tcgetsid(STDIN_FILENO));
  put_number("session", getsid(0));
  struct stat info, console;
  if (fstat(STDIN_FILENO, &info) == 0) {
    put_number("rdevMajor", major(info.st_rdev));
    put_number("rdevMinor", minor(info.st_rdev));
    put_number("uid", info.st_uid);
    put_number("gid", info.st_gid);
    put_number("mode", info.st_mode & 07777);
  }
  put_bool("consoleIsStdin", stat("/dev/console", &console) == 0 && console.st_rdev == info.st_rdev);
  int controlling = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  put_errno("controlling", controlling < 0 ? errno : 0);
  if (controlling >= 0) close(controlling);
  struct termios settings;
  if (tcgetattr(STDIN_FILENO, &settings) == 0) {
    put_bool("onlcr", settings.c_oflag & ONLCR);
    put_bool("echo", settings.c_lflag & ECHO);
    put_bool("isig", settings.c_lflag & ISIG);
  }
  record_close();
}

static void resized(int argc, char **argv) {
  (void)argc, (void)argv;
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGWINCH);
  sigprocmask(SIG_BLOCK, &wanted, NULL);
  record_open("resize-ready");
  put_size();
  record_close();
  int number;
  sigwait(&wanted, &number);
  record_open("resized");
  put_size();
  record_close();
}

static void echo_off(int argc, char **argv) {
  (void)argc, (void)argv;
  struct termios settings;
  int failed = tcgetattr(STDIN_FILENO, &settings);
  settings.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
  failed = failed || tcsetattr(STDIN_FILENO, TCSANOW, &settings);
  record_open("echo-off");
  put_errno("errno", failed ? errno : 0);
  record_close();
}

const struct command terminal_commands[] = {
    {"tty", "", "terminal, window size, session, settings", 0, tty},
    {"resize", "", "say the size, wait for SIGWINCH, say it again", 0, resized},
    {"echo-off", "", "stop the terminal from echoing", 0, echo_off},
    {0},
};
