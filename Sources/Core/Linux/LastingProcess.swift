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
  /// When it started, in clock ticks since the machine did (`proc(5)`, `starttime`).
  package let startTicks: UInt64

  /// Names a process that was started earlier.
  package init(identifier: Int32, startTicks: UInt64) {
    self.identifier = identifier
    self.startTicks = startTicks
  }

  /// Starts this very program again in a session of its own, in the caller's namespaces and without
  /// its environment.
  ///
  /// What the process writes before it says `ready` on a line of its own, or ends, is returned with
  /// it; the process is nil where it did not get ready in time, and then has been ended.
  /// - Throws: `KernelError` where it cannot be started.
  package static func startSelf(
    arguments: [String],
    withinMilliseconds limit: Int
  ) throws(KernelError) -> (process: LastingProcess?, output: String) {
    let pipe = try Pipe()
    let nothing = try FileDescriptor(opening: "/dev/null", O_RDWR)
    let path = "/proc/self/exe"
    let end = pipe.writeEnd.number
    var settings = SpawnSettings(
      streams: [nothing.number, end, end],
      leadsSession: true
    )
    var words = CStrings(arguments)
    var environment = CStrings([])
    let identifier = try settings.spawn(
      path,
      &words,
      &environment,
      describedAs: "start",
      "'\(arguments.joined(separator: " "))'"
    )
    let inlet = try pipe.receiving()
    let output = try inlet.text(upTo: "ready\n", withinMilliseconds: limit)
    guard output.hasSuffix("ready\n"), let ticks = (try? Self.startTicks(of: identifier)) ?? nil
    else {
      kill(identifier, SIGKILL)
      while waitpid(identifier, nil, 0) < 0, errno == EINTR {}
      return (nil, output)
    }
    return (LastingProcess(identifier: identifier, startTicks: ticks), output)
  }

  /// Whether the process is still there.
  package var isAlive: Bool {
    get throws(KernelError) { try Self.startTicks(of: identifier) == startTicks }
  }

  /// Asks the process to end, makes it end after the time given, and waits until it has.
  ///
  /// One that has ended already is no failure.
  /// - Throws: `KernelError`.
  package func end(withinMilliseconds limit: Int) throws(KernelError) {
    let number = clinux_pidfd_open(identifier)
    if number < 0, errno == ESRCH { return }
    let handle = FileDescriptor(
      owning: try SystemCall.run("watch", "process \(identifier)") { number }
    )
    // From here on the number cannot come to name another process.
    guard try isAlive else { return }
    for (signal, patience) in [(SIGTERM, limit), (SIGKILL, 5000)] {
      if clinux_pidfd_send_signal(handle.number, signal) < 0, errno == ESRCH { return }
      if try Polling.wait(for: [handle.number], milliseconds: patience)[0] { return }
    }
  }

  /// The 22nd field of /proc/PID/stat; nil where there is no such process, or only its remains.
  private static func startTicks(of identifier: Int32) throws(KernelError) -> UInt64? {
    let text: String?
    do {
      text = try TextFile("/proc/\(identifier)/stat").read()
    } catch {
      guard error.errno == ESRCH else { throw error }  // it ended while it was read
      return nil
    }
    // The second field, the program's name in parentheses, may hold anything.
    guard let text, let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[end...].split(separator: " ")
    guard fields.count > 20, fields[1] != "Z" else { return nil }
    return UInt64(fields[20])
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
