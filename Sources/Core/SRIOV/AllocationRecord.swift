// SPDX-License-Identifier: Apache-2.0

package import Linux
package import NetworkModel

/// Which attachment has a virtual function, and its original state, from which it is restored.
///
/// Written before the first change and kept until the virtual function is restored. The kernel does
/// not keep the original settings, so this is the project's only state on disk.
package struct AllocationRecord: Hashable, Sendable {
  /// The container's namespace.
  package struct Namespace: Hashable, Sendable {
    /// The path given by the runtime.
    package var path: String
    /// Distinguishes it from another namespace at the same path at the same time.
    package var identity: NetworkNamespace.Identity
    /// Distinguishes it from a later one, which may have the same identity (SO_NETNS_COOKIE); nil
    /// if the kernel did not support it.
    package var cookie: UInt64?

    /// Names a namespace.
    package init(path: String, identity: NetworkNamespace.Identity, cookie: UInt64? = nil) {
      self.path = path
      self.identity = identity
      self.cookie = cookie
    }

    /// Whether another is the same namespace, wherever its path leads now.
    package func isSame(as other: Namespace) -> Bool {
      guard let cookie, let otherCookie = other.cookie else { return identity == other.identity }
      return cookie == otherCookie
    }
  }

  /// The virtual function.
  package var address: PCIAddress
  /// Distinguishes the device from one that came to its address later.
  package var incarnation: UInt64
  /// The boot during which this was written.
  package var boot: String
  /// The attachment that has it.
  package var attachment: Attachment
  /// The namespace that the virtual function's interface was moved to.
  package var namespace: Namespace
  /// The virtual function's original state.
  package var original: VFOriginal
  /// What a DEL could not restore, in words; nil while an attachment has the virtual function.
  ///
  /// The attachment is gone, but no other one gets the virtual function before this is restored.
  package var remainder: String?

  /// Creates a record.
  package init(
    address: PCIAddress,
    incarnation: UInt64,
    boot: String,
    attachment: Attachment,
    namespace: Namespace,
    original: VFOriginal,
    remainder: String? = nil
  ) {
    self.address = address
    self.incarnation = incarnation
    self.boot = boot
    self.attachment = attachment
    self.namespace = namespace
    self.original = original
    self.remainder = remainder
  }
}

/// One boot of the machine.
package enum Boot {
  /// Returns the ID of this boot (`/proc/sys/kernel/random/boot_id`).
  package static func identifier() throws(KernelError) -> String {
    try Sysctl("kernel/random/boot_id").read() ?? ""
  }
}
