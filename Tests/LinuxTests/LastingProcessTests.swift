// SPDX-License-Identifier: Apache-2.0

import Glibc
import Linux
import NetworkModel
import Testing

@Suite struct LastingProcessTests {
  /// Starts a shell script and returns once it has written a line.
  private func start(_ script: String) throws -> pid_t {
    var ends: [Int32] = [-1, -1]
    let isPiped = unsafe pipe(&ends) == 0
    try #require(isPiped)
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    // The test's own process may hold signals back, which a child would inherit.
    var attributes = posix_spawnattr_t()
    var nothing = sigset_t()
    unsafe sigemptyset(&nothing)
    unsafe posix_spawnattr_init(&attributes)
    unsafe posix_spawnattr_setsigmask(&attributes, &nothing)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    let texts = ["sh", "-c", script]
    var words = unsafe texts.map { text in unsafe strdup(text) } + [nil]
    var child: pid_t = 0
    let failure = unsafe posix_spawn(&child, "/bin/sh", &actions, &attributes, &words, nil)
    close(ends[1])
    try #require(failure == 0)
    var byte: UInt8 = 0
    let count = unsafe read(ends[0], &byte, 1)
    close(ends[0])
    try #require(count == 1)
    return child
  }

  /// The signal that ended a child, 0 while it runs.
  private func reap(_ child: pid_t, _ options: Int32 = 0) -> Int32 {
    var status: Int32 = 0
    return unsafe waitpid(child, &status, options) == child ? status & 0x7F : 0
  }

  @Test func `a process is asked to end`() throws {
    let child = try start("echo; exec sleep 60")
    let process = try #require(try LastingProcess(identifier: child))

    try process.end(withinMilliseconds: 10_000)

    #expect(try !process.isAlive())
    #expect(reap(child) == SIGTERM)
  }

  @Test func `a process that ignores SIGTERM is killed`() throws {
    let child = try start("trap '' TERM; echo; exec sleep 60")
    let process = try #require(try LastingProcess(identifier: child))

    try process.end(withinMilliseconds: 50)

    #expect(reap(child) == SIGKILL)
  }

  @Test func `another process that has the PID now is left alone`() throws {
    let child = try start("echo; exec sleep 60")
    let process = try #require(try LastingProcess(identifier: child))
    let former = LastingProcess(identifier: child, startTicks: process.startTicks - 1)

    try former.end(withinMilliseconds: 50)

    #expect(try !former.isAlive())
    #expect(try process.isAlive())
    kill(child, SIGKILL)
    #expect(reap(child) == SIGKILL)
  }

  @Test func `a process that has ended is no failure`() throws {
    let child = try start("echo")
    let process = LastingProcess(identifier: child, startTicks: 1)
    _ = reap(child)

    try process.end(withinMilliseconds: 50)

    #expect(try LastingProcess(identifier: child) == nil)
  }

  @Test func `a process name may contain what follows it in /proc`() throws {
    let child = try start("printf 'a) Z 1' >/proc/$$/comm; echo; kill -STOP $$")

    #expect(try LastingProcess(identifier: child)?.identifier == child)
    kill(child, SIGKILL)
    #expect(reap(child) == SIGKILL)
  }
}
