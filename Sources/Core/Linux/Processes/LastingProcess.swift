// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux
package import NetworkModel

/// A process that lives longer than the one that started it, known by its number and its start.
///
/// The kernel gives the number of a process that has ended to another one; the time of the start
/// tells the two apart.
package struct LastingProcess: Hashable, Sendable {
  /// The process's number.
  package let identifier: Int32
  /// When it started, in clock ticks since the machine booted (`proc(5)`, `starttime`).
  package let startTicks: UInt64

  /// Names a process that was started earlier.
  package init(identifier: Int32, startTicks: UInt64) {
    self.identifier = identifier
    self.startTicks = startTicks
  }

  /// Names the process that has a number now; nil where there is none, or only its remains.
  /// - Throws: `KernelError` where that cannot be found out.
  package init?(identifier: Int32) throws(KernelError) {
    let text: String?
    do {
      text = try TextFile("/proc/\(identifier)/stat").read()
    } catch {
      // It ended after the file was opened.
      guard error.errno == ESRCH else { throw error }
      return nil
    }
    // The second field, the program's name in parentheses, may hold anything; the 22nd is the start.
    guard let text, let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[end...].split(separator: " ")
    guard fields.count > 20, fields[1] != "Z", let ticks = UInt64(fields[20]) else { return nil }
    self.init(identifier: identifier, startTicks: ticks)
  }

  /// Starts this very program again in its own session, in the caller's namespaces and without its
  /// environment.
  ///
  /// The process says `ready` on a line and then waits for a byte on standard input, which it is
  /// sent once it has been recorded. If this process fails or is killed before, the other reads the
  /// end of the file and ends: no process lives on without a record. Returns nil when it was sent
  /// on; else what it wrote, and then it has been ended.
  /// - Throws: `KernelError` where it cannot be started or recorded.
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
    // Ended here unless it is sent on.
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

  /// Whether the process is still there.
  /// - Throws: `KernelError` where that cannot be found out.
  package func isAlive() throws(KernelError) -> Bool {
    try LastingProcess(identifier: identifier) == self
  }

  /// Asks the process to end, makes it end after the time given, and waits until it has.
  ///
  /// One that has ended already is no failure.
  package func end(withinMilliseconds limit: Int) throws(KernelError) {
    guard try isAlive() else { return }
    let number = clinux_pidfd_open(identifier)
    if number < 0, errno == ESRCH { return }
    let handle = FileDescriptor(
      owning: try SystemCall.run("watch", "process \(identifier)") { number }
    )
    // From here on the descriptor names one process; the number may have changed hands before.
    guard try isAlive() else { return }
    for (signal, patience) in [(SIGTERM, limit), (SIGKILL, 5000)] {
      if clinux_pidfd_send_signal(handle.number, signal) < 0, errno == ESRCH { return }
      if try Polling.wait(for: [handle.number], milliseconds: patience)[0] { return }
    }
  }
}

extension Inlet {
  /// Returns what arrives until it ends with the mark, the writer is gone or the time is over.
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
