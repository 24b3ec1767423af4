// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux
package import NetworkModel

/// Standard input, output and error, in whatever state the parent process left them.
package enum StandardStreams {
  private static let chunkSize = 65536

  /// Replaces closed streams by /dev/null.
  ///
  /// Otherwise the next file or socket opened would become one of them: a result written to
  /// "standard output" would go to the kernel as a netlink message. It is opened read-only, so that
  /// writing to a stream that was closed fails (EBADF) and no result seems to be delivered.
  package static func ensureOpen() {
    for stream in STDIN_FILENO...STDERR_FILENO where clinux_fcntl(stream, F_GETFD, 0) < 0 {
      // open returns the lowest free number, which is this stream's.
      _ = unsafe clinux_open("/dev/null", O_RDONLY, 0)
    }
  }

  /// Reads standard input to its end or up to a number of bytes, whichever comes first.
  ///
  /// - Throws: `KernelError`; EBADF if the parent opened the stream write-only.
  package static func readInput(limit: Int) throws(KernelError) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < limit {
      let chunk = try readChunk(limit: limit - bytes.count)
      if chunk.isEmpty { break }
      bytes += chunk
    }
    return bytes
  }

  /// Returns what standard input has ready within a time, at most 64 KiB, or nothing.
  ///
  /// One wait and one read: a silent terminal or pipe cannot hold up the process.
  package static func readInputIfReady(withinMilliseconds time: Int32) -> [UInt8] {
    var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    guard unsafe poll(&input, 1, time) == 1, input.revents & Int16(POLLIN) != 0 else { return [] }
    return (try? readChunk(limit: chunkSize)) ?? []  // treated as empty if it is unreadable
  }

  private static func readChunk(limit: Int) throws(KernelError) -> [UInt8] {
    let size = min(limit, chunkSize)
    var failure: KernelError?
    let chunk = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      do throws(KernelError) {
        count = try transfer("read", "standard input", STDIN_FILENO, POLLIN) {
          unsafe read(STDIN_FILENO, buffer.baseAddress, size)
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return chunk
  }

  /// Writes all bytes to standard output.
  /// - Throws: `KernelError`; EPIPE if there is no reader any more.
  package static func writeOutput(_ bytes: [UInt8]) throws(KernelError) {
    try write(bytes, to: STDOUT_FILENO, "standard output")
  }

  /// Writes to standard error, as much as possible.
  package static func writeError(_ bytes: [UInt8]) {
    _ = try? write(bytes, to: STDERR_FILENO, "standard error")  // there is no one left to tell
  }

  private static func write(
    _ bytes: [UInt8],
    to number: Int32,
    _ name: String
  ) throws(KernelError) {
    var written = 0
    while written < bytes.count {
      written += try transfer("write", name, number, POLLOUT) {
        unsafe bytes.withUnsafeBytes {
          unsafe CLibc.write(number, $0.baseAddress?.advanced(by: written), $0.count - written)
        }
      }
    }
  }

  /// Repeats a call while it is interrupted or the parent made the stream non-blocking (EAGAIN).
  ///
  /// Unlike `SystemCall.run` it reports EBADF: the parent, not this process, sets up the streams.
  private static func transfer(
    _ operation: String,
    _ object: String,
    _ number: Int32,
    _ readiness: Int32,
    _ body: () -> Int
  ) throws(KernelError) -> Int {
    while true {
      let count = body()
      if count >= 0 { return count }
      let failure = errno
      guard failure == EINTR || failure == EAGAIN else {
        throw KernelError(errno: failure, operation: operation, object: object)
      }
      var stream = pollfd(fd: number, events: Int16(readiness), revents: 0)
      if failure == EAGAIN { unsafe poll(&stream, 1, -1) }
    }
  }
}
