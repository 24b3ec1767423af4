// SPDX-License-Identifier: Apache-2.0

package import Linux
package import NetworkModel

/// Who has a virtual function, and how it was before: what gives it back exactly as it was.
///
/// Written before the first change and kept until the virtual function is restored. The kernel holds
/// the original settings nowhere, which makes this the project's only state on a disk.
package struct AllocationRecord: Hashable, Sendable {
  /// The container's namespace.
  package struct Namespace: Hashable, Sendable {
    /// The path that the runtime gave.
    package var path: String
    /// What tells it from another namespace at the same path that is there at the same time.
    package var identity: NetworkNamespace.Identity
    /// What tells it from one that comes later, as that may have its identity (SO_NETNS_COOKIE); nil
    /// where the kernel did not know.
    package var cookie: UInt64?

    /// Names a namespace.
    package init(path: String, identity: NetworkNamespace.Identity, cookie: UInt64? = nil) {
      self.path = path
      self.identity = identity
      self.cookie = cookie
    }

    /// Whether another is this very namespace, wherever its path leads now.
    package func isSame(as other: Namespace) -> Bool {
      guard let cookie, let otherCookie = other.cookie else { return identity == other.identity }
      return cookie == otherCookie
    }
  }

  /// The virtual function.
  package var address: PCIAddress
  /// Tells the device from one that came to its address later.
  package var incarnation: UInt64
  /// The boot of the machine in which this was written.
  package var boot: String
  /// The attachment that has it.
  package var owner: Attachment
  /// Where the virtual function's interface went.
  package var namespace: Namespace
  /// How the virtual function was.
  package var original: VFOriginal
  /// What a DEL could not restore, in words; nil for a virtual function that an attachment has.
  ///
  /// The attachment is gone, but no other one gets the virtual function before that is done.
  package var remainder: String?

  /// Creates a record.
  package init(
    address: PCIAddress,
    incarnation: UInt64,
    boot: String,
    owner: Attachment,
    namespace: Namespace,
    original: VFOriginal,
    remainder: String? = nil
  ) {
    self.address = address
    self.incarnation = incarnation
    self.boot = boot
    self.owner = owner
    self.namespace = namespace
    self.original = original
    self.remainder = remainder
  }
}
