// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux
package import NetworkModel

/// Makes tap interfaces that outlive the process that made them.
package enum TapDevice {
  /// The file that every tap is opened through.
  package static let path = "/dev/net/tun"

  /// Makes a persistent tap in the namespace of the calling thread.
  ///
  /// Whoever opens it must ask for several queues exactly where it was made for them; packet headers
  /// are the opener's choice. The owner or a member of the group needs no capability to open it.
  /// - Throws: `KernelError`: EBUSY where an interface has the name, ENOENT or ENODEV from a kernel
  ///   without TUN, EPERM without CAP_NET_ADMIN.
  package static func create(_ tap: TapCreation) throws(KernelError) {
    let object = "tap '\(tap.name)'"
    let file = try FileDescriptor(opening: path, O_RDWR)
    // struct ifreq: the name in 16 bytes, the flags, and the rest of its union.
    var request = Array(tap.name.string.utf8)
    request += [UInt8](repeating: 0, count: 16 - request.count)
    // IFF_TUN_EXCL: fail rather than take over an interface that is there.
    var flags = UInt16(IFF_TAP) | UInt16(IFF_NO_PI) | UInt16(IFF_TUN_EXCL)
    if tap.hasManyQueues { flags |= UInt16(IFF_MULTI_QUEUE) }
    request += HostOrder.bytes(flags) + [UInt8](repeating: 0, count: 22)
    let number = file.number
    if var index = tap.index {
      try SystemCall.run("number", object) {
        unsafe clinux_ioctl_pointer(number, UInt(CLINUX_TUNSETIFINDEX), &index)
      }
    }
    try SystemCall.run("create", object) {
      unsafe clinux_ioctl_pointer(number, UInt(CLINUX_TUNSETIFF), &request)
    }
    if let owner = tap.owner { try set(CLINUX_TUNSETOWNER, UInt(owner), file, object) }
    if let group = tap.group { try set(CLINUX_TUNSETGROUP, UInt(group), file, object) }
    try set(CLINUX_TUNSETPERSIST, 1, file, object)
  }

  private static func set(
    _ request: some BinaryInteger,
    _ value: UInt,
    _ file: borrowing FileDescriptor,
    _ object: String
  ) throws(KernelError) {
    let number = file.number
    try SystemCall.run("configure", object) { clinux_ioctl(number, UInt(request), value) }
  }
}
