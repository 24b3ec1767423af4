// SPDX-License-Identifier: Apache-2.0

import Linux
package import NetworkModel
package import Nftables

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
