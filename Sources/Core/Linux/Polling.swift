// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux
package import NetworkModel

/// Waits for descriptors to have something to read.
package enum Polling {
  /// Waits until one has, or the time is over, and returns which have; nil waits for ever.
  ///
  /// The corresponding C function is `poll`.
  /// - Throws: `KernelError`.
  package static func wait(
    for numbers: [Int32],
    milliseconds: Int? = nil
  ) throws(KernelError) -> [Bool] {
    var requests = numbers.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    let timeout = milliseconds.map { Int32(clamping: max(0, $0)) } ?? -1
    try SystemCall.run("wait for", "events") {
      unsafe poll(&requests, nfds_t(requests.count), timeout)
    }
    return requests.map { $0.revents != 0 }
  }

  /// Milliseconds of a clock that nobody sets.
  package static var now: Int {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }
}
