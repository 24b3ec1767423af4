// SPDX-License-Identifier: Apache-2.0
#ifndef CLIBMNL_SHIM_H
#define CLIBMNL_SHIM_H

// The socket headers come before any <linux/...>: otherwise two modules define the same struct.
#include <sys/socket.h>
#include <netinet/in.h>

#include <libmnl/libmnl.h>

#endif
