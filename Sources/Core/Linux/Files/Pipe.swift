// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux
import NetworkModel

/// A pipe between this process and a child; both ends are closed on exec.
struct Pipe: ~Copyable {
  let readEnd: FileDescriptor
  let writeEnd: FileDescriptor

  init() throws(KernelError) {
    var ends: [Int32] = [-1, -1]
    try SystemCall.run("open", "a pipe") { unsafe pipe2(&ends, O_CLOEXEC) }
    readEnd = FileDescriptor(owning: ends[0])
    writeEnd = FileDescriptor(owning: ends[1])
  }

  /// Closes the read end and keeps the write end to send a text.
  consuming func sending(_ text: [UInt8]) throws(KernelError) -> Outlet {
    try Self.makeNonblocking(writeEnd.number)
    return Outlet(writeEnd, text)
  }

  /// Closes the write end and keeps the read end to receive.
  consuming func receiving() throws(KernelError) -> Inlet {
    try Self.makeNonblocking(readEnd.number)
    return Inlet(readEnd)
  }

  private static func makeNonblocking(_ end: Int32) throws(KernelError) {
    try SystemCall.run("configure", "a pipe") { clinux_fcntl(end, F_SETFL, O_NONBLOCK) }
  }
}

/// The end of a pipe for sending a text.
struct Outlet: ~Copyable {
  /// The descriptor to poll; -1, which poll ignores, once all is sent and the pipe closed.
  private(set) var number: Int32
  private var file: FileDescriptor?
  private var unsent: ArraySlice<UInt8>

  fileprivate init(_ file: consuming FileDescriptor, _ text: [UInt8]) {
    number = file.number
    self.file = consume file
    unsent = text[...]
  }

  /// Sends what the pipe accepts now; a reader that is gone (EPIPE) has read enough.
  mutating func send() throws(KernelError) {
    do {
      while !unsent.isEmpty {
        let number = number
        unsent.removeFirst(
          try SystemCall.run("write", "to a pipe") {
            unsafe unsent.withUnsafeBytes { unsafe write(number, $0.baseAddress, $0.count) }
          }
        )
      }
    } catch {
      if error.errno == EAGAIN { return }
      guard error.errno == EPIPE else { throw error }
    }
    file = nil
    number = -1
  }
}

/// The end of a pipe for receiving bytes.
struct Inlet: ~Copyable {
  /// The descriptor to poll; -1, which poll ignores, once no writer is left.
  private(set) var number: Int32

  /// The bytes received so far.
  private(set) var bytes: [UInt8] = []

  private let file: FileDescriptor

  fileprivate init(_ file: consuming FileDescriptor) {
    number = file.number
    self.file = file
  }

  /// Reads what has arrived; bytes beyond the limit are dropped.
  ///
  /// Returns whether the limit was exceeded.
  mutating func receive(limit: Int) throws(KernelError) -> Bool {
    var chunk = [UInt8](repeating: 0, count: 16384)
    while number >= 0 {
      let number = number
      let count: Int
      do {
        count = try SystemCall.run("read", "from a pipe") {
          unsafe read(number, &chunk, chunk.count)
        }
      } catch {
        guard error.errno == EAGAIN else { throw error }
        return false
      }
      if count == 0 { self.number = -1 }
      let room = limit - bytes.count
      bytes += chunk.prefix(min(count, room))
      if count > room { return true }
    }
    return false
  }
}
