// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Linux
import NetworkModel
import Testing

@Suite struct ChildProcessTests {
  init() {
    ThisProcess.ignoreWriteSignals()
  }

  /// Runs a shell script, which arrives through standard input.
  private func run(
    _ script: String,
    setting variables: KeyValuePairs<String, String> = [:],
    limit: Int = 1 << 24
  ) throws(KernelError) -> ChildProcess.Output {
    try ChildProcess.run(
      "/bin/sh",
      setting: variables,
      input: Array(script.utf8),
      outputLimit: limit
    )
  }

  @Test func `output and exit status of a program are captured`() throws {
    let output = try run("echo out; echo error >&2; exit 3")

    #expect(output.standardOutput == Array("out\n".utf8))
    #expect(output.standardError == Array("error\n".utf8))
    #expect(output.ending == .exited(status: 3))
  }

  @Test func `a signal is distinguished from an exit status`() throws {
    #expect(try run("kill -TERM $$").ending == .killed(signal: SIGTERM))
  }

  @Test func `a program does not inherit ignored or blocked signals`() async {
    await #expect(processExitsWith: .success) {
      for number in 1..<Int32(32) { signal(number, SIG_IGN) }
      var all = sigset_t()
      unsafe sigfillset(&all)
      unsafe sigprocmask(SIG_BLOCK, &all, nil)
      ThisProcess.resetSignals()
      let output = try ChildProcess.run(
        "/bin/sh",
        setting: [:],
        // posix_spawn leaves the C library's own two signals, 32 and 33, ignored.
        input: Array("grep '^Sig[BI]' /proc/self/status | sed 's/18\\(.......\\)$/00\\1/'".utf8),
        outputLimit: 4096
      )
      let nothing = "0000000000000000"
      let expected = "SigBlk:\t\(nothing)\nSigIgn:\t\(nothing)\n"
      #expect(String(decoding: output.standardOutput, as: UTF8.self) == expected)
    }
  }

  @Test func `a program's end is known even if the parent ignored SIGCHLD`() async {
    await #expect(processExitsWith: .success) {
      signal(SIGCHLD, SIG_IGN)
      ThisProcess.resetSignals()
      let output = try ChildProcess.run(
        "/bin/false",
        setting: [:],
        input: [],
        outputLimit: 4096
      )
      exit(output.ending == .exited(status: 1) ? 0 : 2)
    }
  }

  @Test func `an unknown end is an error`() async {
    await #expect(processExitsWith: .success) {
      signal(SIGCHLD, SIG_IGN)
      do throws(KernelError) {
        _ = try ChildProcess.run("/bin/false", setting: [:], input: [], outputLimit: 4096)
        exit(2)
      } catch {
        exit(error.errno == ECHILD || error.errno == ESRCH ? 0 : 3)
      }
    }
  }

  @Test(.timeLimit(.minutes(1)))
  func `a program may close its outputs before it reads`() throws {
    let script = "exec >&- 2>&-; cat >/dev/null; exit 3\n"

    let output = try ChildProcess.run(
      "/bin/sh",
      setting: [:],
      input: Array(script.utf8) + [UInt8](repeating: 0x61, count: 1 << 20),
      outputLimit: 1024
    )

    #expect(output.ending == .exited(status: 3))
  }

  @Test(.timeLimit(.minutes(1)))
  func `a program that never ends is killed`() throws {
    let error = #expect(throws: KernelError.self) {
      try ChildProcess.run(
        "/bin/sh",
        setting: [:],
        input: Array("sleep 600".utf8),
        outputLimit: 1024,
        withinMilliseconds: 100
      )
    }

    #expect(error?.errno == ETIMEDOUT)
  }

  @Test func `variables are replaced, the others inherited`() throws {
    let output = try run(#"echo "$CNI_COMMAND $PATH""#, setting: ["CNI_COMMAND": "DEL"])

    let path = try #require(ThisProcess.variable("PATH"))
    #expect(output.standardOutput == Array("DEL \(path)\n".utf8))
  }

  @Test func `three full pipes do not block one another`() throws {
    let text = Array(String(repeating: "0123456789abcdef", count: 1 << 16).utf8)
    let script = "head -c 1048576 /dev/zero >&2; head -c 1048576 /dev/zero; exit 0\n"

    let output = try ChildProcess.run(
      "/bin/sh",
      setting: [:],
      input: Array(script.utf8) + text,
      outputLimit: 1 << 24
    )

    #expect(output.standardOutput.count == 1 << 20)
    #expect(output.standardError.count == 1 << 16)
    #expect(output.ending == .exited(status: 0))
  }

  @Test func `a large input comes back complete`() throws {
    let text = Array(String(repeating: "0123456789abcdef", count: 1 << 16).utf8)

    let output = try ChildProcess.run(
      "/bin/cat",
      setting: [:],
      input: text,
      outputLimit: 1 << 24
    )

    #expect(output.standardOutput == text)
  }

  @Test func `a program that does not read its input is no failure`() throws {
    let output = try ChildProcess.run(
      "/bin/true",
      setting: [:],
      input: [UInt8](repeating: 0x20, count: 1 << 20),
      outputLimit: 0
    )

    #expect(output.ending == .exited(status: 0))
  }

  @Test(.timeLimit(.minutes(1)))
  func `endless output is stopped at the limit`() throws {
    let error = #expect(throws: KernelError.self) { try run("exec cat /dev/zero", limit: 1 << 20) }

    #expect(error?.errno == EFBIG)
  }

  @Test(.timeLimit(.minutes(1)))
  func `a daemon that keeps the pipes open does not block`() throws {
    let output = try run("sleep 600 & echo $!")

    let daemon = try #require(
      pid_t(String(decoding: output.standardOutput.dropLast(), as: UTF8.self))
    )
    #expect(kill(daemon, SIGKILL) == 0)
    #expect(output.ending == .exited(status: 0))
  }

  @Test func `no other file is inherited, and broken pipes are not ignored`() throws {
    let file = unsafe open("/dev/null", O_RDONLY)
    defer { close(file) }

    let output = try run(
      "ls /proc/$$/fd; sh -c 'kill -PIPE $$'; echo $?; exec grep SigBlk /proc/self/status"
    )

    let text = String(decoding: output.standardOutput, as: UTF8.self)
    #expect(
      text == """
        0
        1
        2
        141
        SigBlk:\t0000000000000000

        """
    )
  }

  @Test(arguments: [("/nowhere/program", ENOENT), ("/etc/passwd", EACCES), ("/etc", EACCES)])
  func `a program that cannot be started says why`(path: String, number: Int32) {
    let error = #expect(throws: KernelError.self) {
      try ChildProcess.run(path, setting: [:], input: [], outputLimit: 0)
    }

    #expect(error?.errno == number)
  }

  @Test(.timeLimit(.minutes(1)))
  func `a program that is being written is waited for`() throws {
    let path = "/tmp/cni-busy-\(getpid())"
    let writer = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o755)
    defer { unsafe unlink(path) }
    let script = Array("#!/bin/sh\necho ready\n".utf8)
    #expect(unsafe write(writer, script, script.count) == script.count)

    // A task would wait for a thread that other tests hold for longer than the program is waited for.
    Thread.detachNewThread {
      usleep(200_000)
      close(writer)
    }
    let output = try ChildProcess.run(path, setting: [:], input: [], outputLimit: 100)

    #expect(output.standardOutput == Array("ready\n".utf8))
  }
}
