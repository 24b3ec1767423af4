// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux
package import NetworkModel

/// Waits until descriptors have something to read.
package enum Polling {
  /// Waits until one has, or time is up, and returns which have; nil waits forever.
  ///
  /// Negative numbers are ignored. Those in `writing` are waited for to become writable instead.
  ///
  /// The corresponding C function is `poll`; signals do not prolong the wait.
  package static func wait(
    for numbers: [Int32],
    writing: [Int32] = [],
    milliseconds: Int? = nil
  ) throws(KernelError) -> [Bool] {
    var requests = numbers.map {
      pollfd(fd: $0, events: Int16(writing.contains($0) ? POLLOUT : POLLIN), revents: 0)
    }
    let deadline = milliseconds.map { now + min(max(0, $0), Int(Int32.max)) }
    try SystemCall.run("wait for", "events") {
      let timeout = deadline.map { Int32(clamping: max(0, $0 - now)) } ?? -1
      return unsafe poll(&requests, nfds_t(requests.count), timeout)
    }
    return requests.map { $0.revents != 0 }
  }

  /// Milliseconds of a monotonic clock.
  package static var now: Int {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }
}
