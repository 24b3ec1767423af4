// SPDX-License-Identifier: Apache-2.0

import Glibc
import Linux
import Testing

/// What the process says in the end; each body runs in a process of its own.
@Suite struct TrapTests {
  @Test func `a trap leaves a reply and status 1`() async {
    let end = await #expect(
      processExitsWith: .exitCode(1),
      observing: [\.standardOutputContent]
    ) {
      ThisProcess.answerTraps(with: "the answer")
      fatalError("a trap")
    }

    #expect(end.map { Array($0.standardOutputContent.suffix(10)) } == Array("the answer".utf8))
  }

  @Test(arguments: [SIGILL, SIGTRAP, SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGSYS])
  func `every trap signal leads to a reply`(signal: Int32) async {
    let end = await #expect(
      processExitsWith: .exitCode(1),
      observing: [\.standardOutputContent]
    ) { [signal] in
      ThisProcess.resetSignals()
      ThisProcess.answerTraps(with: "the answer")
      raise(signal)
      exit(0)
    }

    #expect(end.map { Array($0.standardOutputContent.suffix(10)) } == Array("the answer".utf8))
  }

  @Test func `a stack overflow leads to a reply`() async {
    let end = await #expect(
      processExitsWith: .exitCode(1),
      observing: [\.standardOutputContent]
    ) {
      ThisProcess.answerTraps(with: "the answer")
      exit(deepen(Int32.random(in: 1...2)))
    }

    #expect(end.map { Array($0.standardOutputContent.suffix(10)) } == Array("the answer".utf8))
  }

  @Test func `a stop prints the reason on standard error`() async {
    let end = await #expect(
      processExitsWith: .exitCode(1),
      observing: [\.standardErrorContent]
    ) {
      ThisProcess.answerTraps(with: "the answer")
      ThisProcess.stop("no way back")
    }

    #expect(end.map { Array($0.standardErrorContent.suffix(12)) } == Array("no way back\n".utf8))
  }

  @Test func `a child does not inherit the trap handler`() async {
    await #expect(processExitsWith: .success) {
      ThisProcess.answerTraps(with: "the answer")
      let output = try ChildProcess.run(
        "/bin/sh",
        setting: [:],
        input: Array("kill -SEGV $$".utf8),
        outputLimit: 1024
      )
      exit(output.ending == .killed(signal: SIGSEGV) && output.standardOutput.isEmpty ? 0 : 2)
    }
  }
}

private func deepen(_ depth: Int32) -> Int32 {
  depth < 1 ? 0 : deepen(depth &+ 1 | 1) &+ depth
}
