// SPDX-License-Identifier: Apache-2.0
//
// The kernel's part of an ADD: asks of the kernel what was recorded of one (replay.py), message by
// message, and nothing else. What the plugin's speed is measured against.
//
//   floor NAMESPACE RECORD
//
// A record is a row of calls, each one letter, the length of its data in four bytes and its data.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>

static void die(const char *what) {
  perror(what);
  exit(1);
}

static int netlink(int protocol) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol), on = 1, size = 1 << 20;
  if (fd < 0) die("socket");
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
  return fd;
}

// Sends a message and reads up to its acknowledgement, or its only answer where none is asked for;
// a table that is not there is an answer.
static void ask(int fd, const char *data, size_t size) {
  static char reply[262144];
  int is_acknowledged = ((const struct nlmsghdr *)data)->nlmsg_flags & NLM_F_ACK;
  if (send(fd, data, size, 0) < 0) die("send");
  for (;;) {
    ssize_t count = recv(fd, reply, sizeof reply, 0);
    if (count < 0) die("recv");
    for (struct nlmsghdr *h = (void *)reply; NLMSG_OK(h, count); h = NLMSG_NEXT(h, count)) {
      if (h->nlmsg_type == NLMSG_DONE) return;
      if (h->nlmsg_type != NLMSG_ERROR) {
        if (is_acknowledged || h->nlmsg_flags & NLM_F_MULTI) continue;
        return;
      }
      errno = -((struct nlmsgerr *)NLMSG_DATA(h))->error;
      if (errno && errno != ENOENT) die("the kernel refuses");
      return;
    }
  }
}

static void read_setting(const char *path) {
  char value[4096];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;  // the plugin was told so, too
  if (read(fd, value, sizeof value) < 0) die(path);
  close(fd);
}

static void write_setting(const char *path) {
  const char *value = path + strlen(path) + 1;
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, value, strlen(value)) < 0) die(path);
  close(fd);
}

static void make_tap(void) {
  struct ifreq request = {.ifr_name = "tap0", .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_TUN_EXCL};
  int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
  if (fd < 0 || ioctl(fd, TUNSETIFF, &request) || ioctl(fd, TUNSETOWNER, 107) ||
      ioctl(fd, TUNSETGROUP, 107) || ioctl(fd, TUNSETPERSIST, 1))
    die("tap");
  close(fd);
}

int main(int count, char **words) {
  static char record[1 << 20];
  if (count != 3) return 2;
  int file = open(words[2], O_RDONLY | O_CLOEXEC);
  ssize_t size = read(file, record, sizeof record);
  int pod = open(words[1], O_RDONLY | O_CLOEXEC);
  if (size < 0 || pod < 0 || setns(pod, CLONE_NEWNET)) die(words[1]);
  int route = netlink(NETLINK_ROUTE), netfilter = netlink(NETLINK_NETFILTER);
  for (char *at = record; at < record + size;) {
    uint32_t length;
    char *data = at + 1 + sizeof length;
    memcpy(&length, at + 1, sizeof length);
    switch (*at) {
      case 'l': ask(route, data, length); break;
      case 'n': ask(netfilter, data, length); break;
      case 'r': read_setting(data); break;
      case 'w': write_setting(data); break;
      case 't': make_tap(); break;
      default: return 2;
    }
    at = data + length;
  }
  return 0;
}
