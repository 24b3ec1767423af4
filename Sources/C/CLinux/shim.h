// SPDX-License-Identifier: Apache-2.0
#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H

// Kernel interfaces beyond the C library, and those behind variadic C, function-like macros or casts,
// which Swift does not import.

#include "../CLibc/shim.h"

#include <linux/capability.h>
#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/uio.h>

// <sched.h> declares these only under _GNU_SOURCE, with which sockaddr pointers become unions.
int setns(int fd, int namespace_type);
int unshare(int flags);
int setresuid(uid_t real, uid_t effective, uid_t saved);
int setresgid(gid_t real, gid_t effective, gid_t saved);

// The same for <unistd.h> and <spawn.h>.
int pipe2(int ends[2], int flags);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

// errno is a macro.
static inline int clinux_errno(void) { return errno; }

// The next entry of a folder, or NULL with the error number, which is 0 at the end.
static inline struct dirent *clinux_readdir(DIR *folder, int *error) {
  errno = 0;
  struct dirent *entry = readdir(folder);
  *error = entry ? 0 : errno;
  return entry;
}

// open and fcntl are variadic in C.
static inline int clinux_open(const char *path, int flags, mode_t mode) {
  return open(path, flags, mode);
}
static inline int clinux_openat(int folder, const char *path, int flags, mode_t mode) {
  return openat(folder, path, flags, mode);
}
static inline int clinux_fcntl(int fd, int command, int value) {
  return fcntl(fd, command, value);
}

// The environment, which Swift sees as a mutable global variable.
static inline char **clinux_environment(void) { return __environ; }

// A descriptor that becomes readable when the child ends, or -1 on a kernel before 5.3.
static inline int clinux_pidfd_open(pid_t process) {
#ifdef SYS_pidfd_open
  return (int)syscall(SYS_pidfd_open, process, 0);
#else
  errno = ENOSYS;
  return -1;
#endif
}

// Sends a signal to exactly the process that a descriptor refers to; -1 on a kernel before 5.1.
static inline int clinux_pidfd_send_signal(int process, int signal) {
#ifdef SYS_pidfd_send_signal
  return (int)syscall(SYS_pidfd_send_signal, process, signal, 0, 0);
#else
  errno = ENOSYS;
  return -1;
#endif
}

// Drops every capability and whatever a set-user-ID program would grant; prctl is variadic in C.
static inline int clinux_drop_capabilities(void) {
  struct __user_cap_header_struct self = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct none[2] = {{0}};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return -1;
  return (int)syscall(SYS_capset, &self, none);
}

// Values behind casts or function-like macros, which Swift does not import.
enum {
  CLINUX_CLONE_NEWNET = 0x40000000,
  CLINUX_NS_GET_NSTYPE = NS_GET_NSTYPE,
  CLINUX_TUNSETIFF = TUNSETIFF,
  CLINUX_TUNSETIFINDEX = TUNSETIFINDEX,
  CLINUX_TUNSETPERSIST = TUNSETPERSIST,
  CLINUX_TUNSETOWNER = TUNSETOWNER,
  CLINUX_TUNSETGROUP = TUNSETGROUP,
};

// Whether a file's mode is that of a regular file; S_ISREG is a macro.
static inline bool clinux_is_regular(mode_t mode) { return S_ISREG(mode); }

// The file name under which the process was started; <errno.h> declares it only under _GNU_SOURCE.
extern char *program_invocation_short_name;
static inline const char *clinux_program(void) { return program_invocation_short_name; }

// SIG_IGN and SIG_DFL are numbers behind casts.
static inline void clinux_ignore_signal(int number) { signal(number, SIG_IGN); }
static inline void clinux_reset_signal(int number) { signal(number, SIG_DFL); }

// Ends a process that trapped, with its reply on standard output. Only uses calls listed in
// signal-safety(7), and nothing from Swift, whose heap may be corrupt.
static inline struct iovec *clinux_trap_answer(void) {
  static struct iovec answer;  // a variable outside functions would not be emitted for Swift
  return &answer;
}
static inline void clinux_answer_trap(int number) {
  (void)number;
  ssize_t written = writev(STDOUT_FILENO, clinux_trap_answer(), 1);
  (void)written;
  _exit(1);
}

// Has clinux_answer_trap called on a separate stack, which survives an overflow of the usual one.
static inline void clinux_answer_traps(const char *answer, size_t length) {
  static char stack[1 << 16];
  static const int numbers[] = {SIGILL, SIGTRAP, SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGSYS};
  *clinux_trap_answer() = (struct iovec){.iov_base = (void *)answer, .iov_len = length};
  stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&alternate, 0);
  struct sigaction action = {.sa_handler = clinux_answer_trap, .sa_flags = SA_ONSTACK};
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) sigaction(numbers[i], &action, 0);
}

static inline void clinux_ignore_alarm(int number) { (void)number; }

static inline long clinux_milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000L + now.tv_nsec / 1000000L;
}

// flock with a timeout in milliseconds, after which it fails with EWOULDBLOCK. The kernel wakes the
// waiter as soon as the lock is free; the timer only ends the wait, by a signal to this thread alone,
// and repeats, in case a signal arrives between two calls.
static inline int clinux_timed_flock(int fd, int operation, long milliseconds) {
  if (flock(fd, operation | LOCK_NB) == 0) return 0;
  if (errno != EWOULDBLOCK || milliseconds <= 0) return -1;
  long deadline = clinux_milliseconds() + milliseconds;
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGALRM};
  event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
  int timer;  // as the kernel numbers them; the C library's own would start a thread
  if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer) < 0) return -1;
  struct sigaction action = {.sa_handler = clinux_ignore_alarm}, old_action;  // no SA_RESTART
  sigset_t alarm, old_mask;
  sigemptyset(&alarm);
  sigaddset(&alarm, SIGALRM);
  sigaction(SIGALRM, &action, &old_action);
  sigprocmask(SIG_UNBLOCK, &alarm, &old_mask);
  struct itimerspec times = {.it_interval = {.tv_nsec = 20000000},
                             .it_value = {milliseconds / 1000, milliseconds % 1000 * 1000000}};
  syscall(SYS_timer_settime, timer, 0, &times, 0);
  int result;
  do {
    result = flock(fd, operation);
  } while (result < 0 && errno == EINTR && clinux_milliseconds() < deadline);
  int number = errno == EINTR ? EWOULDBLOCK : errno;
  syscall(SYS_timer_delete, timer);
  sigprocmask(SIG_SETMASK, &old_mask, 0);
  sigaction(SIGALRM, &old_action, 0);
  errno = number;
  return result;
}

// The bus address of the device reported by an interface's driver (ETHTOOL_GDRVINFO), or NULL. The
// request uses the name that the kernel gives for the index, since it may not be UTF-8.
static inline const char *clinux_bus_address(int interface) {
  static struct ethtool_drvinfo told;
  struct {  // struct ifreq
    char name[16];
    union {
      int index;
      void *data;
      char rest[24];
    };
  } request = {.index = interface};
  told = (struct ethtool_drvinfo){.cmd = ETHTOOL_GDRVINFO};
  int file = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (file < 0) return 0;
  int result = ioctl(file, SIOCGIFNAME, &request);
  request.data = &told;
  if (result == 0) result = ioctl(file, SIOCETHTOOL, &request);
  close(file);
  told.bus_info[sizeof told.bus_info - 1] = 0;
  return result < 0 ? 0 : told.bus_info;
}

// ioctl is variadic in C.
static inline int clinux_ioctl(int fd, unsigned long request, unsigned long value) {
  return ioctl(fd, request, value);
}
static inline int clinux_ioctl_pointer(int fd, unsigned long request, void *value) {
  return ioctl(fd, request, value);
}

// Copies the beginning of an IPv6 packet's metadata of one type (IPV6_HOPLIMIT, IPV6_PKTINFO), if
// there is any; CMSG_… are macros.
static inline void clinux_copy_control(struct msghdr *message, int type, void *value, size_t size) {
  for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != 0; c = CMSG_NXTHDR(message, c)) {
    if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == type && c->cmsg_len >= CMSG_LEN(size)) {
      __builtin_memcpy(value, CMSG_DATA(c), size);
    }
  }
}

#endif
