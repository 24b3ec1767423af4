// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux
package import NetworkModel

/// A program run by this process; it is killed if its owner gives up.
package struct ChildProcess: ~Copyable {
  /// How a program ended.
  package enum Ending: Hashable, Sendable {
    /// It returned a status; 0 is success.
    case exited(status: Int32)
    /// A signal killed it.
    case killed(signal: Int32)
  }

  /// The output and end of a program.
  package struct Output: Hashable, Sendable {
    /// Its standard output.
    package let standardOutput: [UInt8]

    /// The first 64 KiB of its standard error.
    package let standardError: [UInt8]

    /// How it ended.
    package let ending: Ending
  }

  private let identifier: pid_t

  /// Takes over a process that no one else will wait for.
  init(owning identifier: pid_t) {
    self.identifier = identifier
  }

  deinit {
    kill(identifier, SIGKILL)
    while waitpid(identifier, nil, 0) < 0, errno == EINTR {}
  }

  /// Returns whether a regular file exists at a path, whatever its permissions.
  package static func isProgram(at path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && clinux_is_regular(status.st_mode)
  }

  /// Runs a program to its end, with the input as its standard input.
  ///
  /// The program inherits the environment except for the given variables, and no open file except
  /// its three streams. All of these are served concurrently, so that none can fill up and block.
  /// It counts as ended when it exits, even if a program that it started keeps the streams open
  /// (before Linux 5.3: when they are closed).
  /// - Throws: `KernelError`: ENOENT, EACCES, ENOEXEC if it cannot be started; EFBIG if it writes
  ///   more   than the limit to standard output and ETIMEDOUT if it exceeds the time limit; in both
  ///   cases it   is killed.
  package static func run(
    _ path: String,
    setting variables: KeyValuePairs<String, String>,
    input: [UInt8],
    outputLimit: Int,
    withinMilliseconds limit: Int = 120_000
  ) throws(KernelError) -> Output {
    let inputPipe = try Pipe()
    let outputPipe = try Pipe()
    let errorPipe = try Pipe()
    let child = try Launch(path, setting: variables).start(
      input: inputPipe.readEnd,
      output: outputPipe.writeEnd,
      error: errorPipe.writeEnd
    )
    var outlet = try inputPipe.sending(input)
    var output = try outputPipe.receiving()
    var error = try errorPipe.receiving()
    let notice = try child.endingNotice()
    let noticeNumber =
      switch notice {
      case .some(let notice): notice.number
      case .none: Int32(-1)
      }
    let deadline = Polling.now + limit
    var numbers = [outlet.number, output.number, error.number, noticeNumber]
    // A program may close its outputs before it reads.
    while numbers.contains(where: { $0 >= 0 }) {
      let ready = try Polling.wait(
        for: numbers,
        writing: [outlet.number],
        milliseconds: deadline - Polling.now
      )
      guard ready.contains(true) else {
        throw KernelError(errno: ETIMEDOUT, operation: "wait for", object: "'\(path)'")
      }
      if ready[0] { try outlet.send() }
      if try output.receive(limit: outputLimit) {
        throw KernelError(errno: EFBIG, operation: "read the output of", object: "'\(path)'")
      }
      _ = try error.receive(limit: 65536)
      if ready[3] { break }
      numbers = [outlet.number, output.number, error.number, noticeNumber]
    }
    return Output(
      standardOutput: output.bytes,
      standardError: error.bytes,
      ending: try child.wait()
    )
  }

  /// A descriptor that becomes readable when the child ends; on old kernels it never does.
  private borrowing func endingNotice() throws(KernelError) -> FileDescriptor? {
    let number = clinux_pidfd_open(identifier)
    guard number < 0 else { return FileDescriptor(owning: number) }
    if errno == ENOSYS { return nil }
    throw KernelError(errno: errno, operation: "watch", object: "process \(identifier)")
  }

  /// Lets the process live on.
  @export(interface)
  consuming func release() { discard self }

  @export(interface)
  private consuming func wait() throws(KernelError) -> Ending {
    let identifier = identifier
    discard self
    var status: Int32 = 0
    try SystemCall.run("wait for", "process \(identifier)") {
      unsafe waitpid(identifier, &status, 0)
    }
    let signal = status & 0x7F
    return signal == 0 ? .exited(status: status >> 8 & 0xFF) : .killed(signal: signal)
  }
}
