// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import Netlink
import NetworkModel
import SRIOV

/// The node's devices, and what is recorded about them.
struct Node {
  /// The PCI devices.
  let devices = PCIFolder()
  /// The records and locks.
  let store = AllocationStore()

  /// Returns what a virtual function is like, with its interface where that is in this namespace.
  /// - Throws: `KernelError`.
  func observe(_ device: VirtualFunction, on host: Side) throws(KernelError) -> VFObservation {
    var observation = VFObservation(device: device)
    if let physical = device.physical, let interface = physical.interface {
      let all = try host.route.virtualFunctions(of: interface)
      observation.settings = all.first { $0.index == physical.index }
    }
    if let interface = device.interface { observation.link = try host.link(named: interface) }
    return observation
  }

  /// Returns what the host has made of a virtual function's interface.
  /// - Throws: `KernelError`.
  func use(of link: Link, _ address: PCIAddress, by host: Side) throws(KernelError) -> HostUse {
    HostUse(
      uppers: try devices.uppers(of: link.name, at: address),
      addresses: try host.route.addresses(ofLinkAt: link.index)
    )
  }
}

extension AllocationRecord.Namespace {
  /// The namespace of a side, known by a path.
  init(_ side: Side, path: String) {
    self.init(path: path, identity: side.namespace.identity, cookie: side.route.namespaceCookie)
  }
}

extension AllocationRecord.Owner {
  /// The attachment that a request is about.
  init(_ request: AttachmentRequest) {
    self.init(
      network: request.configuration.name,
      containerID: request.containerID,
      interface: request.interfaceName
    )
  }
}

extension CNIError {
  /// The error of something that keeps a virtual function from being handed over.
  init(_ conflict: VFConflict) {
    self.init(.invalidConfiguration, conflict.message, details: conflict.remedy)
  }

  /// The error of a record that is not to be had.
  init(_ error: AllocationStore.RecordError) {
    switch error {
    case .failed(let error): self.init(error, code: .ioFailure)
    case .unreadable(let path):
      self.init(
        .ioFailure,
        "cannot read '\(path)': it is no record of an allocation",
        details: "remove it once the VF's settings are as they should be"
      )
    }
  }
}
