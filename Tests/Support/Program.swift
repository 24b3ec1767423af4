// SPDX-License-Identifier: Apache-2.0

import Glibc
import Linux
package import NetworkModel

/// A program that tests compare with or build their surroundings with; plugins start none.
package enum Program {
  /// How a program ended.
  package struct Outcome: Sendable {
    /// The exit status, or 128 and the signal's number.
    package let status: Int32
    /// What it wrote to standard output and standard error.
    package let output: String
  }

  /// Returns whether a program of this name is found.
  package static func exists(_ name: String) -> Bool {
    ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].contains {
      unsafe access("\($0)/\(name)", X_OK) == 0
    }
  }

  /// Runs a program in the network namespace of the calling thread and waits for its end.
  /// - Throws: `KernelError` where it cannot be started.
  package static func run(_ words: String..., input: String = "") throws(KernelError) -> Outcome {
    try run(words, input: input)
  }

  /// Runs a program given as its words; see the other form.
  package static func run(_ words: [String], input: String = "") throws(KernelError) -> Outcome {
    let standardInput = try namelessFile()
    try standardInput.write(input.utf8, describedAs: "the input of '\(words[0])'")
    lseek(standardInput.number, 0, SEEK_SET)
    let standardOutput = try namelessFile()
    var process: pid_t = 0
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    unsafe posix_spawn_file_actions_adddup2(&actions, standardInput.number, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, standardOutput.number, 1)
    unsafe posix_spawn_file_actions_adddup2(&actions, standardOutput.number, 2)
    var arguments: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) }
    unsafe arguments.append(nil)
    let number = unsafe posix_spawnp(&process, words[0], &actions, nil, arguments, environ)
    unsafe arguments.forEach { unsafe free($0) }
    unsafe posix_spawn_file_actions_destroy(&actions)
    guard number == 0 else {
      throw KernelError(errno: number, operation: "start", object: "'\(words[0])'")
    }
    var status: Int32 = 0
    try SystemCall.run("wait for", "'\(words[0])'") { unsafe waitpid(process, &status, 0) }
    let code = status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    lseek(standardOutput.number, 0, SEEK_SET)
    let bytes = try standardOutput.read(limit: 1 << 28, describedAs: "output of '\(words[0])'")
    return Outcome(status: code, output: String(decoding: bytes, as: UTF8.self))
  }

  /// Runs a line of words that must succeed, such as `ip link add v0 type veth`.
  /// - Throws: `Failure` with the program's output where it does not.
  @discardableResult
  package static func must(_ line: String) throws -> String {
    let outcome = try run(line.split(separator: " ").map(String.init))
    guard outcome.status == 0 else { throw Failure(line: line, output: outcome.output) }
    return outcome.output
  }

  /// A program that ended with another status than 0.
  package struct Failure: Error {
    /// What was run.
    package let line: String
    /// What it said.
    package let output: String
  }

  /// `O_TMPFILE`, which the Glibc module lacks.
  private static let O_TMPFILE: Int32 = 0o20_000_000 | O_DIRECTORY

  /// Pipes would need somebody to read while the program writes.
  private static func namelessFile() throws(KernelError) -> FileDescriptor {
    try FileDescriptor(opening: "/tmp", O_TMPFILE | O_RDWR)
  }
}
