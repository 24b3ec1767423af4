// SPDX-License-Identifier: Apache-2.0

import NetworkModel

@testable import CNI
@testable import masquerade

func name(_ text: String) -> InterfaceName {
  guard let name = InterfaceName(text) else { preconditionFailure(text) }
  return name
}

func prefix(_ text: String) -> IPPrefix {
  guard let prefix = IPPrefix(text) else { preconditionFailure(text) }
  return prefix
}

/// Judges a configuration given as the plugin's own keys in JSON.
func configuration(
  _ keys: String = "",
  chainedTo chained: String? = nil
) throws(CNIError) -> MasqueradeConfiguration {
  let separator = keys.isEmpty ? "" : ","
  let text = #"{"cniVersion":"1.1.0","name":"net","type":"masquerade"\#(separator)\#(keys)}"#
  let document = Array(text.utf8)
  let network = try NetworkConfiguration(
    NetworkConfiguration.parse(document),
    document: document
  )
  return try MasqueradeConfiguration(network, chainedTo: chained.map { name($0) })
}

/// Returns what a configuration is refused with.
func refusal(_ keys: String) -> String? {
  do throws(CNIError) {
    _ = try configuration(keys)
    return nil
  } catch {
    return error.message
  }
}

extension PodObservation {
  /// A pod of the check tables' topology, dual stack.
  static let pod: PodObservation = {
    var pod = PodObservation()
    pod.uplink = Link(index: 2, name: name("eth0"), kind: "veth", mtu: 1450)
    pod.addresses = [
      InterfaceAddress(prefix("10.244.0.37/24")), InterfaceAddress(prefix("fd00:244::37/64")),
      InterfaceAddress(prefix("fe80::1/64"), isGlobal: false),
    ]
    pod.interfaces = [name("eth0"), name("net1"), name("default")]
    pod.routes = [.init(destination: .any(.v6), interface: "eth0")]
    pod.settings = [
      "net/ipv4/conf/eth0/forwarding": "0", "net/ipv4/conf/all/send_redirects": "1",
      "net/ipv6/conf/all/forwarding": "0", "net/ipv6/conf/default/forwarding": "0",
      "net/ipv6/conf/eth0/forwarding": "0", "net/ipv6/conf/eth0/accept_ra": "1",
      "net/ipv6/conf/net1/forwarding": "0", "net/ipv6/conf/net1/accept_ra": "1",
    ]
    return pod
  }()

  /// The same pod with one family only.
  static func pod(_ family: IPFamily) -> PodObservation {
    var pod = PodObservation.pod
    pod.addresses.removeAll { $0.prefix.address.family != family }
    return pod
  }
}
