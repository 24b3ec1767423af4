// SPDX-License-Identifier: Apache-2.0
#ifndef CLIBNL_SHIM_H
#define CLIBNL_SHIM_H

// The socket headers come before any <linux/...>: otherwise two modules define the same struct.
#include <sys/socket.h>
#include <netinet/in.h>
#include <net/if.h>

#include <linux/if_addr.h>
#include <linux/if_bridge.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

#include <netlink/addr.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>
#include <netlink/socket.h>

#endif
