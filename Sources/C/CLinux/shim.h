// SPDX-License-Identifier: Apache-2.0
#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H

// What the Glibc module leaves out or hides behind variadic C or function-like macros.

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

// <sched.h> declares these only under _GNU_SOURCE, which the Glibc module does not define.
int setns(int fd, int namespace_type);
int unshare(int flags);

// Values behind casts or function-like macros, which Swift does not import.
enum {
  CLINUX_CLONE_NEWNET = 0x40000000,
  CLINUX_NS_GET_NSTYPE = NS_GET_NSTYPE,
};

#endif
