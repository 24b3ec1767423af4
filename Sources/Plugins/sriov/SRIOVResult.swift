// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel

/// What ADD reports: the virtual function as the container has it.
struct SRIOVResult: Equatable {
  /// The name of the interface, also of one that a program in user space drives.
  var name: InterfaceName
  /// The virtual function.
  var device: PCIAddress
  /// The address; nil where the virtual function has none yet.
  var mac: MACAddress?
  /// The largest packet in bytes.
  var mtu: Int?
  /// The container's namespace as the runtime named it.
  var sandbox: String

  /// Returns the result for the runtime, with the addresses and routes of IPAM's.
  ///
  /// DNS settings of the configuration take the place of IPAM's.
  func result(_ ipam: AddResult, dns: DNS?) -> AddResult {
    var result = ipam
    result.interfaces = [
      AddResult.Interface(
        name: name.string,
        mac: mac,
        mtu: mtu,
        sandbox: sandbox,
        pciID: device.text
      )
    ]
    for position in result.addresses.indices { result.addresses[position].interface = 0 }
    if let dns { result.dns = dns }
    return result
  }
}
