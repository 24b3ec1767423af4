// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux
package import NetworkModel

/// A process that outlives the one that started it, identified by its PID and start time.
///
/// The kernel reuses the PIDs of processes that have ended; the start time distinguishes them.
package struct LastingProcess: Hashable, Sendable {
  /// The PID.
  package let identifier: Int32
  /// When it started, in clock ticks since the machine booted (`proc(5)`, `starttime`).
  package let startTicks: UInt64

  /// Identifies a process that was started earlier.
  package init(identifier: Int32, startTicks: UInt64) {
    self.identifier = identifier
    self.startTicks = startTicks
  }

  /// Identifies the process with a PID; nil if there is none, or only a zombie.
  /// - Throws: `KernelError` if that cannot be determined.
  package init?(identifier: Int32) throws(KernelError) {
    let text: String?
    do {
      text = try TextFile("/proc/\(identifier)/stat").read()
    } catch {
      // It ended after the file was opened.
      guard error.errno == ESRCH else { throw error }
      return nil
    }
    // The second field, the program's name in parentheses, may contain anything; the start is 22nd.
    guard let text, let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[end...].split(separator: " ")
    guard fields.count > 20, fields[1] != "Z", let ticks = UInt64(fields[20]) else { return nil }
    self.init(identifier: identifier, startTicks: ticks)
  }

  /// Starts this program again in a new session, in the caller's namespaces and with an empty
  /// environment.
  ///
  /// The process prints `ready` on a line and then waits for a byte on standard input, which it
  /// receives once it has been recorded. If this process fails or is killed before that, the other
  /// reads end of file and exits: no process lives on without a record. Returns nil on success;
  /// otherwise the output of the process, which has then been ended.
  /// - Throws: `KernelError` if it cannot be started or recorded.
  package static func startSelf(
    arguments: [String],
    withinMilliseconds limit: Int,
    recording record: (LastingProcess) throws(KernelError) -> Void
  ) throws(KernelError) -> String? {
    let goAhead = try Pipe()
    let report = try Pipe()
    let path = "/proc/self/exe"
    let end = report.writeEnd.number
    var settings = SpawnSettings(streams: [goAhead.readEnd.number, end, end], leadsSession: true)
    var words = CStrings(arguments)
    var environment = CStrings([])
    let identifier = try settings.spawn(
      path,
      &words,
      &environment,
      describedAs: "start",
      "'\(arguments.joined(separator: " "))'"
    )
    // Ended here unless it gets the byte.
    let child = ChildProcess(owning: identifier)
    let output = try report.receiving().text(upTo: "ready\n", withinMilliseconds: limit)
    guard output.hasSuffix("ready\n"), let process = try LastingProcess(identifier: identifier)
    else { return output }
    try record(process)
    var outlet = try goAhead.sending([UInt8(ascii: "\n")])
    try outlet.send()
    child.release()
    return nil
  }

  /// Whether the process still exists.
  /// - Throws: `KernelError` if that cannot be determined.
  package func isAlive() throws(KernelError) -> Bool {
    try LastingProcess(identifier: identifier) == self
  }

  /// Asks the process to end, kills it after the given time, and waits until it has ended.
  ///
  /// It is no failure if it has already ended.
  package func end(withinMilliseconds limit: Int) throws(KernelError) {
    guard try isAlive() else { return }
    let number = clinux_pidfd_open(identifier)
    if number < 0, errno == ESRCH { return }
    let handle = FileDescriptor(
      owning: try SystemCall.run("watch", "process \(identifier)") { number }
    )
    // From here on the descriptor refers to one process; before, the PID may have been reused.
    guard try isAlive() else { return }
    for (signal, patience) in [(SIGTERM, limit), (SIGKILL, 5000)] {
      if clinux_pidfd_send_signal(handle.number, signal) < 0, errno == ESRCH { return }
      if try Polling.wait(for: [handle.number], milliseconds: patience)[0] { return }
    }
  }
}

extension Inlet {
  /// Returns the output until it ends with the mark, the writer is gone or time is up.
  fileprivate consuming func text(
    upTo mark: String,
    withinMilliseconds limit: Int
  ) throws(KernelError) -> String {
    let deadline = Polling.now + limit
    while number >= 0 {
      let text = String(decoding: bytes, as: UTF8.self)
      let remaining = deadline - Polling.now
      guard !text.hasSuffix(mark), remaining > 0,
        try Polling.wait(for: [number], milliseconds: remaining)[0]
      else { break }
      _ = try receive(limit: 4096)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
