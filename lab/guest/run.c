// run DIR PATH-PREFIX CMD…: what `lab zfs` starts on the ZFS side.
//
// ssh without a terminal passes no signals on, and a client that is killed
// leaves its command running. So this runs the command in a process group of
// its own and watches its own standard output, which is sshd's socket: poll
// reports a hang-up there when the client has gone, whatever the command's
// stdin and stdout are. Then the group gets SIGTERM, and three seconds later
// SIGKILL. Exit code: the command's, or 128 + the signal that ended it.
//
// In C and linked statically, because starting a process is dear in the guest.
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GRACE_MS = 3000 };

static const char SYSTEM_PATH[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

static void die(const char *what) {
  fprintf(stderr, "lab: %s: %s\n", what, strerror(errno));
  exit(125);
}

static void set_environment(const char *prefix) {
  char *path;
  if (asprintf(&path, "%s%s%s", prefix, *prefix ? ":" : "", SYSTEM_PATH) < 0) die("memory");
  clearenv();
  setenv("PATH", path, 1);
  setenv("HOME", "/root", 1);
  setenv("USER", "root", 1);
  setenv("LC_ALL", "C.UTF-8", 1);
}

// So that a `pkill -f` for the command does not hit this process: all words but
// the first leave its command line, and the command gets copies.
static char **take_command(int argc, char **argv) {
  char **command = calloc(argc - 3 + 1, sizeof *command);
  if (!command) die("memory");
  for (int i = 3; i < argc; i++) {
    command[i - 3] = strdup(argv[i]);
    if (!command[i - 3]) die("memory");
  }
  for (int i = 1; i < argc; i++) memset(argv[i], 0, strlen(argv[i]));
  prctl(PR_SET_NAME, "lab-run");
  return command;
}

// Waits for the command's end (1) or, when asked to, the client's (0).
static int command_has_ended(int pidfd, int timeout_ms, int watch_stdout) {
  struct pollfd fds[] = {
      {.fd = pidfd, .events = POLLIN},
      {.fd = watch_stdout ? STDOUT_FILENO : -1, .events = 0},
  };
  while (poll(fds, 2, timeout_ms) < 0) {
    if (errno != EINTR) die("poll");
  }
  return fds[0].revents != 0;
}

int main(int argc, char **argv) {
  if (argc < 4) {
    fprintf(stderr, "usage: run DIR PATH-PREFIX CMD...\n");
    return 125;
  }
  if (chdir(argv[1]) < 0) die(argv[1]);
  set_environment(argv[2]);
  char **command = take_command(argc, argv);

  pid_t child = fork();
  if (child < 0) die("fork");
  if (child == 0) {
    setpgid(0, 0);
    execvp(command[0], command);
    fprintf(stderr, "lab: %s: %s\n", command[0], strerror(errno));
    _exit(errno == ENOENT ? 127 : 126);
  }
  setpgid(child, child);  // whichever of the two comes first

  // A pidfd turns the command's end into an event that poll can wait for.
  int pidfd = syscall(SYS_pidfd_open, child, 0);
  if (pidfd < 0) die("pidfd_open");
  if (!command_has_ended(pidfd, -1, 1)) {
    kill(-child, SIGTERM);
    command_has_ended(pidfd, GRACE_MS, 0);
    kill(-child, SIGKILL);
  }

  int status;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) die("waitpid");
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
