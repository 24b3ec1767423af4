// SPDX-License-Identifier: Apache-2.0

import CLibc
package import CNI
package import Linux
import Netlink
package import NetworkModel
package import Nftables

/// The kernel as seen by an attachment: the host's namespace and, if it exists, the container's.
package struct Kernel {
  /// The calling thread's namespace: the one the plugin was started in, or the container's if the
  /// plugin has entered it permanently.
  package let host: Side
  /// The namespace named by CNI_NETNS; nil if it is gone.
  package let container: Side?

  /// Opens the host's side, and the container's if a namespace is given; or moves the calling
  /// thread into that permanently, for a plugin with nothing to do elsewhere, which then needs
  /// neither visits nor sockets of the host.
  package init(
    container namespace: consuming NetworkNamespace?,
    entering: Bool = false
  ) throws(KernelError) {
    guard let namespace else {
      host = try Side.current()
      container = nil
      return
    }
    if entering {
      host = try Side.entering(namespace)
      container = host
    } else {
      host = try Side.current()
      container = try Side.inside(namespace, from: host)
    }
  }

  /// - Throws: `KernelError`, ENOENT if the container is gone.
  func side(_ namespace: StepNamespace) throws(KernelError) -> Side {
    guard namespace == .container else { return host }
    if let container { return container }
    throw KernelError(errno: ENOENT, operation: "enter", object: "the container's namespace")
  }

  /// Performs one step.
  /// - Throws: `KernelError` in the operation's words.
  package func perform(_ step: Step) throws(KernelError) {
    let namespace = step.namespace
    let side = try side(namespace)
    switch step.operation {
    case .link(let operation):
      try side.perform(operation) { other throws(KernelError) in
        other == namespace ? nil : try self.side(other).namespace.file.number
      }
    case .ifUnused(let operation): try perform(operation, side)
    case .createTap(let tap):
      try run(in: namespace) { () throws(KernelError) in try TapDevice.create(tap) }
    case .setSysctl(let key, let value, let ifPresent):
      try run(in: namespace) { () throws(KernelError) in
        try Sysctl(key).set(to: value, ifPresent: ifPresent)
      }
    case .trySysctl(let key, let value):
      try run(in: namespace) { () throws(KernelError) in
        do throws(KernelError) {
          try Sysctl(key).set(to: value, ifPresent: true)
        } catch {
          Log.tolerated("\(error)")
        }
      }
    case .changeRuleset(let transaction): try side.ruleset(from: host).commit(transaction)
    case .deleteChain(let id): try delete(id, side)
    }
  }
}

extension Kernel {
  /// Opens the host's side, and the container's, which must exist; or moves the calling thread into
  /// the container's permanently.
  /// - Throws: `CNIError` if the path does not lead to a network namespace.
  package init(containerAt path: String, entering: Bool = false) throws(CNIError) {
    let namespace: NetworkNamespace
    do {
      namespace = try NetworkNamespace(path: path)
    } catch {
      throw CNIError(
        .invalidEnvironment,
        "CNI_NETNS: failed to open netns \(path.inQuotes): \(error.reason)"
      )
    }
    do {
      try self.init(container: namespace, entering: entering)
    } catch {
      throw CNIError(error)
    }
  }

  /// Opens the host's side, and the container's if it exists; or moves the calling thread into that
  /// permanently.
  ///
  /// A path to nothing, or to a file that is not a namespace, counts as a namespace that is gone.
  /// One that cannot be opened for any other reason may still hold the attachment.
  /// - Throws: `CNIError` if netlink or the namespace is unavailable.
  package init(containerIfThereAt path: String?, entering: Bool = false) throws(CNIError) {
    do {
      let namespace: NetworkNamespace? =
        if let path { try NetworkNamespace.ifThere(at: path) } else { nil }
      try self.init(container: namespace, entering: entering)
    } catch {
      throw CNIError(error)
    }
  }
}

extension Kernel {
  /// Returns a namespace's packet filter, always the same one.
  package func ruleset(in namespace: StepNamespace) throws(KernelError) -> RulesetSocket {
    try side(namespace).ruleset(from: host)
  }

  /// Runs the body with the calling thread inside a namespace and always returns from it.
  /// - Throws: what the body throws, or `KernelError`.
  package func run<Result>(
    in namespace: StepNamespace,
    _ body: () throws(KernelError) -> Result
  ) throws(KernelError) -> Result {
    try side(namespace).run(from: host, body)
  }

  /// Returns the values of settings below /proc/sys in a namespace; missing ones are left out.
  package func settings(
    _ keys: [String],
    in namespace: StepNamespace
  ) throws(KernelError) -> SmallDictionary<String, String> {
    try run(in: namespace) { () throws(KernelError) in
      var values: SmallDictionary<String, String> = [:]
      for key in keys { values[key] = try Sysctl(key).read() }
      return values
    }
  }

  /// Removes the tracked connections of a namespace that touch one of the networks.
  ///
  /// If there are none, as in a new pod, this costs no search.
  /// - Throws: `KernelError`; EINVAL from a kernel without `nf_conntrack_netlink`.
  package func forgetConnections(
    touching networks: [IPPrefix],
    in namespace: StepNamespace
  ) throws(KernelError) {
    try run(in: namespace) { () throws(KernelError) in
      let count = try Sysctl("net/netfilter/nf_conntrack_count").read()
      guard let count, count != "0" else { return }
      try ConnectionTable().remove(touching: networks)
    }
  }
}
