// SPDX-License-Identifier: Apache-2.0
#ifndef CLIBC_SHIM_H
#define CLIBC_SHIM_H

// The C library. Embedded Swift has no Glibc module; this replaces it in every build.

#include <errno.h>
// The socket headers come before any <linux/...>: otherwise two modules define the same struct.
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/icmp6.h>
#include <net/if.h>

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/netlink.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#endif
