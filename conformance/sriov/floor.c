// SPDX-License-Identifier: Apache-2.0
//
// The least that handing a virtual function over takes: the same changes of the kernel's state as
// the plugin's ADD and DEL, and nothing else. What the plugin's speed is measured against.
//
//   floor add PF VF INTERFACE NAME NAMESPACE VLAN     floor del PF VF INTERFACE NAME NAMESPACE
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

static struct {
  struct nlmsghdr header;
  struct ifinfomsg info;
  char attributes[512];
} request;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static struct rtattr *put(int type, const void *data, int size) {
  struct rtattr *attribute = (void *)((char *)&request + NLMSG_ALIGN(request.header.nlmsg_len));
  attribute->rta_type = type;
  attribute->rta_len = RTA_LENGTH(size);
  if (size) memcpy(RTA_DATA(attribute), data, size);
  request.header.nlmsg_len = NLMSG_ALIGN(request.header.nlmsg_len) + RTA_ALIGN(RTA_LENGTH(size));
  return attribute;
}

static void end(struct rtattr *nest) {
  nest->rta_len = (char *)&request + request.header.nlmsg_len - (char *)nest;
}

static void begin(int type, int index) {
  memset(&request, 0, sizeof request);
  request.header.nlmsg_len = NLMSG_LENGTH(sizeof request.info);
  request.header.nlmsg_type = type;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  request.info.ifi_index = index;
}

static void transact(int fd, const char *what) {
  static char reply[262144];
  if (send(fd, &request, request.header.nlmsg_len, 0) < 0) die(what);
  for (;;) {
    ssize_t size = recv(fd, reply, sizeof reply, 0);
    if (size < 0) die(what);
    for (struct nlmsghdr *h = (void *)reply; NLMSG_OK(h, size); h = NLMSG_NEXT(h, size)) {
      if (h->nlmsg_type != NLMSG_ERROR) continue;
      errno = -((struct nlmsgerr *)NLMSG_DATA(h))->error;
      if (errno) die(what);
      return;
    }
  }
}

static int netlink(void) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) die("socket");
  return fd;
}

static void read_settings(int fd, int physical) {
  unsigned mask = RTEXT_FILTER_VF | RTEXT_FILTER_SKIP_STATS;
  begin(RTM_GETLINK, physical);
  put(IFLA_EXT_MASK, &mask, sizeof mask);
  transact(fd, "read settings");
}

static void set_vlan(int fd, int physical, int vf, int vlan) {
  struct ifla_vf_vlan setting = {.vf = vf, .vlan = vlan};
  begin(RTM_SETLINK, physical);
  struct rtattr *list = put(IFLA_VFINFO_LIST, NULL, 0);
  struct rtattr *info = put(IFLA_VF_INFO, NULL, 0);
  put(IFLA_VF_VLAN, &setting, sizeof setting);
  end(info);
  end(list);
  transact(fd, "set VLAN");
}

static void move(int fd, int index, int namespace, const char *name) {
  begin(RTM_SETLINK, index);
  put(IFLA_NET_NS_FD, &namespace, sizeof namespace);
  put(IFLA_IFNAME, name, strlen(name) + 1);
  transact(fd, "move");
}

int main(int count, char **words) {
  if (count < 7) return 2;
  int host = netlink();
  int physical = if_nametoindex(words[2]), vf = atoi(words[3]);
  int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  int container = open(words[6], O_RDONLY | O_CLOEXEC);
  if (own < 0 || container < 0) die("namespace");
  read_settings(host, physical);
  if (strcmp(words[1], "add") == 0) {
    set_vlan(host, physical, vf, atoi(words[7]));
    move(host, if_nametoindex(words[4]), container, words[5]);
    if (setns(container, CLONE_NEWNET)) die("setns");
    int inside = netlink();
    begin(RTM_SETLINK, if_nametoindex(words[5]));
    request.info.ifi_flags = request.info.ifi_change = IFF_UP;
    transact(inside, "up");
  } else {
    if (setns(container, CLONE_NEWNET)) die("setns");
    int inside = netlink();
    move(inside, if_nametoindex(words[5]), own, words[4]);
    set_vlan(host, physical, vf, 0);
  }
  return 0;
}
