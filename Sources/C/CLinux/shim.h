// SPDX-License-Identifier: Apache-2.0
#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H

// What the Glibc module leaves out or hides behind variadic C or function-like macros.

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

// <sched.h> declares these only under _GNU_SOURCE, which the Glibc module does not define.
int setns(int fd, int namespace_type);
int unshare(int flags);

// The same for <unistd.h> and <spawn.h>.
int pipe2(int ends[2], int flags);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

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

// Values behind casts or function-like macros, which Swift does not import.
enum {
  CLINUX_CLONE_NEWNET = 0x40000000,
  CLINUX_NS_GET_NSTYPE = NS_GET_NSTYPE,
};

#endif
