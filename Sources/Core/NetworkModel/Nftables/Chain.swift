// SPDX-License-Identifier: Apache-2.0

extension Nftables {
  /// A chain: rules in order, entered from a hook or from another chain.
  package struct Chain: Hashable, Sendable {
    /// The identity of a chain in a network namespace.
    package struct ID: Hashable, Sendable {
      /// The table that holds the chain.
      package let table: Table.ID
      /// The name, unique in its table.
      package let name: String

      /// Names a chain of a table.
      package init(table: Table.ID, name: String) {
        self.table = table
        self.name = name
      }
    }

    /// The chain's name.
    package let id: ID

    /// Where packets enter, or nil for a chain that is only reached from rules.
    package let base: Base?

    /// Shown by `nft list`; kernels before 5.10 drop it.
    package let comment: Comment?

    /// Describes a chain.
    package init(_ id: ID, base: Base? = nil, comment: Comment? = nil) {
      self.id = id
      self.base = base
      self.comment = comment
    }
  }
}

extension Nftables.Chain {
  /// The hook of a base chain.
  package struct Base: Hashable, Sendable {
    /// The chain's type.
    package let kind: Kind
    /// The hook in the packet path.
    package let hook: Hook
    /// The priority among the chains of a hook, lowest first.
    package let priority: Int32
    /// The fate of packets that no rule has decided on.
    package let policy: Policy
    /// The device whose frames the chain sees; only if the hook is that of a device.
    package let device: InterfaceName?

    /// Describes a hook.
    package init(
      _ kind: Kind,
      hook: Hook,
      priority: Int32,
      policy: Policy = .accept,
      device: InterfaceName? = nil
    ) {
      self.kind = kind
      self.hook = hook
      self.priority = priority
      self.policy = policy
      self.device = device
    }
  }

  /// The type of a base chain, in the kernel's terms.
  package enum Kind: String, Hashable, Sendable {
    case filter, nat, route
  }

  /// A hook (`NF_INET_*`); `ingress`, that of a device, is 0 there (`NF_NETDEV_*`).
  package enum Hook: UInt32, Hashable, Sendable {
    case prerouting, input, forward, output, postrouting, ingress
  }

  /// A base chain's policy (`linux/netfilter.h`, `NF_DROP` and `NF_ACCEPT`).
  package enum Policy: UInt32, Hashable, Sendable {
    case drop = 0
    case accept = 1
  }
}

extension Nftables.Chain.ID: CustomStringConvertible {
  /// The chain's name in messages: `chain 'input' of table 'inet filter'`.
  package var description: String { "chain '\(name)' of \(table)" }
}
