// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux
package import NetworkModel

/// Creates tap interfaces that outlive the process that created them.
package enum TapDevice {
  /// The device file for opening taps.
  package static let path = "/dev/net/tun"

  /// Opens the device file, which fails on a kernel without TUN.
  package static func probe() throws(KernelError) {
    _ = try FileDescriptor(opening: path, O_RDWR)
  }

  /// Creates a persistent tap in the calling thread's namespace.
  ///
  /// Whoever opens it must request several queues if and only if it was created with them; packet
  /// headers are the opener's choice. The owner and the group's members need no capability.
  /// - Throws: `KernelError`: EBUSY if an interface has the name, ENOENT or ENODEV from a kernel
  ///   without TUN, EPERM without CAP_NET_ADMIN.
  package static func create(_ tap: TapCreation) throws(KernelError) {
    let object = "tap '\(tap.name)'"
    let file = try FileDescriptor(opening: path, O_RDWR)
    // struct ifreq: the name in 16 bytes, the flags, and the rest of its union.
    var request = Array(tap.name.string.utf8)
    request += [UInt8](repeating: 0, count: 16 - request.count)
    // IFF_TUN_EXCL: fail rather than take over an existing interface.
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
