// SPDX-License-Identifier: Apache-2.0
#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H

// What the Glibc module leaves out or hides behind variadic C or function-like macros.

#include <errno.h>
// The socket headers come before any <linux/...>: otherwise the same struct enters two modules.
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/icmp6.h>
#include <net/if.h>

#include <fcntl.h>
#include <grp.h>
#include <linux/if_tun.h>
#include <linux/magic.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

// <sched.h> declares these only under _GNU_SOURCE, which the Glibc module does not define.
int setns(int fd, int namespace_type);
int unshare(int flags);
int setresuid(uid_t real, uid_t effective, uid_t saved);
int setresgid(gid_t real, gid_t effective, gid_t saved);

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

// Sends a signal to the very process that a descriptor names; -1 on a kernel before 5.1.
static inline int clinux_pidfd_send_signal(int process, int signal) {
#ifdef SYS_pidfd_send_signal
  return (int)syscall(SYS_pidfd_send_signal, process, signal, 0, 0);
#else
  errno = ENOSYS;
  return -1;
#endif
}

// Values behind casts or function-like macros, which Swift does not import.
enum {
  CLINUX_CLONE_NEWNET = 0x40000000,
  CLINUX_NS_GET_NSTYPE = NS_GET_NSTYPE,
  CLINUX_TUNSETIFF = TUNSETIFF,
  CLINUX_TUNSETPERSIST = TUNSETPERSIST,
  CLINUX_TUNSETOWNER = TUNSETOWNER,
  CLINUX_TUNSETGROUP = TUNSETGROUP,
};

// ioctl is variadic in C.
static inline int clinux_ioctl(int fd, unsigned long request, unsigned long value) {
  return ioctl(fd, request, value);
}
static inline int clinux_ioctl_pointer(int fd, unsigned long request, void *value) {
  return ioctl(fd, request, value);
}

// The hop limit that came with a packet (IPV6_RECVHOPLIMIT), -1 without one; CMSG_… are macros.
static inline int clinux_hop_limit(struct msghdr *message) {
  for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != 0; c = CMSG_NXTHDR(message, c)) {
    if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT) {
      int value;
      __builtin_memcpy(&value, CMSG_DATA(c), sizeof value);
      return value;
    }
  }
  return -1;
}

#endif
