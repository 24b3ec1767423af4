// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux
import NetworkModel

/// Watches a file until a writer closes it or it is replaced.
struct WriteWatch: ~Copyable {
  private let events: FileDescriptor

  /// Starts watching the file.
  init(_ path: String) throws(KernelError) {
    let number = try SystemCall.run("watch", "'\(path)'") {
      inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
    }
    let events = FileDescriptor(owning: number)
    let mask = UInt32(IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF)
    try SystemCall.run("watch", "'\(path)'") { unsafe inotify_add_watch(number, path, mask) }
    self.events = events
  }

  /// Waits for an event for a limited time, and discards the events so far.
  borrowing func wait(milliseconds: Int32) {
    var stream = pollfd(fd: events.number, events: Int16(POLLIN), revents: 0)
    unsafe poll(&stream, 1, milliseconds)
    _ = try? events.read(limit: 65536, describedAs: "events")  // EAGAIN: none came in time
  }
}
