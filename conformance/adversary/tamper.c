// SPDX-License-Identifier: Apache-2.0
//
// Runs a program and tampers with one of its system calls; those of programs that it starts are left
// alone. Faster than strace, and it can hold an answer back.
//
// usage: tamper CALL NUMBER HOW PROGRAM [ARGUMENT…]
//
// The call CALL is tampered with when the program makes it for the NUMBERth time. HOW is
//   kill     the program is killed before the call is made;
//   ERRNO    a number: the call is not made and fails with it.
// And of recvfrom:
//   LOST     the datagram is thrown away, and the call fails with ENOBUFS, as the kernel has it;
//   LATE     there is nothing to receive until the program has asked its next question;
//   TWICE    the datagram is received a second time;
//   FOREIGN  first one is received that looks like the answer, holds its inverted bytes, and comes
//            from another process.
//
// Ends as the program does. What was done is written to descriptor 3.

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <linux/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
  const char *name;
  unsigned long number;
} calls[] = {
#include "calls.inc"
};

static pid_t program;
static struct __ptrace_syscall_info call;

static void fail(const char *what) {
  fprintf(stderr, "tamper: %s\n", what);
  exit(125);
}

static void end(int status) {
  if (!WIFSIGNALED(status)) exit(WEXITSTATUS(status));
  signal(WTERMSIG(status), SIG_DFL);
  raise(WTERMSIG(status));
}

// Lets the program run to the begin or end of a system call, which `call` then has.
static void proceed(void) {
  for (int signal = 0, status;;) {
    ptrace(PTRACE_SYSCALL, program, 0, signal);
    if (waitpid(program, &status, 0) != program) fail("the program is lost");
    if (!WIFSTOPPED(status)) end(status);
    signal = WSTOPSIG(status);
    if (signal == (SIGTRAP | 0x80)) break;
  }
  if (ptrace(PTRACE_GET_SYSCALL_INFO, program, sizeof call, &call) <= 0) fail("no information");
}

static void leave(void) {
  int status;
  ptrace(PTRACE_DETACH, program, 0, 0);
  if (waitpid(program, &status, 0) != program) fail("the program is lost");
  end(status);
}

// Has the call that begins or ends return this; it is not made if it has not been.
static void answer(long result) {
  struct user_regs_struct registers;
  ptrace(PTRACE_GETREGS, program, 0, &registers);
  if (call.op == PTRACE_SYSCALL_INFO_ENTRY) {
    registers.orig_rax = -1;
    ptrace(PTRACE_SETREGS, program, 0, &registers);
    proceed();
  }
  registers.rax = result;
  ptrace(PTRACE_SETREGS, program, 0, &registers);
}

typedef ssize_t copier(pid_t, const struct iovec *, unsigned long, const struct iovec *, unsigned long,
                       unsigned long);

static void copy(copier *how, void *here, unsigned long there, size_t size) {
  struct iovec own = {here, size}, its = {(void *)there, size};
  if (how(program, &own, 1, &its, 1, 0) != (ssize_t)size) fail("cannot reach the program's memory");
}

// Lets the program run to its next use of a socket, which `call` then has; not to its end.
static void await_use(unsigned long socket) {
  do {
    proceed();
  } while (call.op != PTRACE_SYSCALL_INFO_ENTRY || call.entry.args[0] != socket);
  if (call.entry.nr == SYS_close) leave();
}

// Delays what the recvfrom that begins would take, and all behind it.
static void delay(void) {
  unsigned long socket = call.entry.args[0];
  while (call.entry.nr != SYS_sendto && call.entry.nr != SYS_sendmsg) {
    if (call.entry.nr == SYS_recvfrom) answer(-EAGAIN);
    await_use(socket);
  }
}

// Tampers with the datagram of the recvfrom that begins.
static void divert(const char *how) {
  static char datagram[1 << 20], other[1 << 20];
  struct sockaddr_nl sender, stranger;
  unsigned long place[6];
  memcpy(place, call.entry.args, sizeof place);
  proceed();
  long size = call.exit.rval;
  if (size < 0) return;
  if (!strcmp(how, "LOST")) return answer(-ENOBUFS);
  if ((size_t)size > sizeof datagram) fail("a datagram is too large");
  copy(process_vm_readv, datagram, place[1], size);
  copy(process_vm_readv, &sender, place[4], sizeof sender);
  if (!strcmp(how, "FOREIGN")) {
    stranger = sender;
    stranger.nl_pid = 4242;
    for (long i = 0; i < size; i++)
      other[i] = i < NLMSG_HDRLEN ? datagram[i] : ~datagram[i];
    copy(process_vm_writev, other, place[1], size);
    copy(process_vm_writev, &stranger, place[4], sizeof stranger);
  }
  do await_use(place[0]);
  while (call.entry.nr != SYS_recvfrom);
  if (call.entry.args[2] < (size_t)size) fail("no room for the datagram");
  copy(process_vm_writev, datagram, call.entry.args[1], size);
  copy(process_vm_writev, &sender, call.entry.args[4], sizeof sender);
  answer(size);
}

int main(int count, char **words) {
  if (count < 5) fail("usage: tamper CALL NUMBER HOW PROGRAM [ARGUMENT...]");
  unsigned long wanted = -1;
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
    if (!strcmp(calls[i].name, words[1])) wanted = calls[i].number;
  if (wanted == -1ul) fail("there is no such call");
  program = fork();
  if (!program) {
    fcntl(3, F_SETFD, FD_CLOEXEC);
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    execv(words[4], words + 4);
    _exit(127);
  }
  int status;
  // It stops at the end of its execve.
  if (waitpid(program, &status, 0) != program || !WIFSTOPPED(status)) fail("cannot start the program");
  ptrace(PTRACE_SETOPTIONS, program, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
  unsigned long last = -1;
  for (long left = atol(words[2]); left;) {
    proceed();
    if (call.op == PTRACE_SYSCALL_INFO_ENTRY) {
      last = call.entry.nr;
      left -= last == wanted;
    } else if (last == wanted && call.exit.rval <= -512 && call.exit.rval >= -516) {
      left++;  // The kernel has it begin again (ERESTARTSYS and its like, `linux/errno.h`).
    }
  }
  dprintf(3, "%s(%ld) = %s (INJECTED)\n", words[1], (long)call.entry.args[0], words[3]);
  if (!strcmp(words[3], "kill")) {
    kill(program, SIGKILL);
  } else if (atoi(words[3])) {
    answer(-atol(words[3]));
  } else if (!strcmp(words[3], "LATE")) {
    delay();
  } else {
    divert(words[3]);
  }
  leave();
}
