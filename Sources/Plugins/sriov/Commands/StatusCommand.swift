// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import Netlink
import NetworkModel
import SRIOV

/// One STATUS: finds out whether ADD can carry out the configuration, changing nothing.
struct StatusCommand {
  private let request: NetworkRequest
  private let configuration: SRIOVConfiguration
  private let node = Node()
  private let kernel: Kernel

  /// Validates the configuration.
  init(_ request: NetworkRequest) throws(CNIError) {
    self.request = request
    configuration = try SRIOVConfiguration(request.configuration)
    kernel = try CNIError.converting(try Kernel(container: nil))
  }

  /// Checks the devices and the record store, then asks IPAM.
  /// - Throws: `CNIError` with code 50 that names what is missing.
  func run() throws(CNIError) {
    try CNIError.converting(to: .notAvailable, try node.store.probe())
    if let missing = try CNIError.converting(to: .notAvailable, try firstMissing()) {
      throw missing
    }
    try request.ipam()?.status()
  }

  /// The PFs that serve this network are only known if the configuration names them, or a VF.
  private func firstMissing() throws(KernelError) -> CNIError? {
    let dirty = try node.store.allRecords().records.first {
      $0.remainder != nil && [nil, $0.address].contains(configuration.device)
    }
    if let dirty {
      return CNIError(VFConflict.dirty(dirty.address, dirty.remainder ?? ""), .notAvailable)
    }
    if let device = configuration.device { return try firstMissing(about: device) }
    guard !configuration.physicalFunctions.isEmpty else {
      guard try !node.devices.hasVirtualFunctions() else { return nil }
      return CNIError(
        .notAvailable,
        "this node has no VFs",
        details: "create some: echo N > /sys/class/net/PF/device/sriov_numvfs"
      )
    }
    for name in configuration.physicalFunctions {
      guard let physical = try node.devices.physicalFunction(named: name) else {
        return CNIError(.notAvailable, "cannot find PF '\(name)'", details: #"from "pf""#)
      }
      guard let first = physical.virtualFunctions.min(by: { $0.key < $1.key })?.value else {
        return CNIError(
          .notAvailable,
          "PF '\(name)' has no VFs",
          details: "create some: echo N > /sys/bus/pci/devices/\(physical.address)/sriov_numvfs"
        )
      }
      if let missing = try firstMissing(about: first) { return missing }
    }
    return nil
  }

  private func firstMissing(about address: PCIAddress) throws(KernelError) -> CNIError? {
    guard let observation = try node.observe(address, on: kernel.host) else {
      return CNIError(VFConflict.noDevice(address), .notAvailable)
    }
    if let conflict = HandoverPlan.settingConflict(configuration, observation) {
      return CNIError(conflict, .notAvailable)
    }
    guard let interface = observation.physicalInterface else { return nil }
    for setting in configuration.settings.single where try !isSupported(setting, interface) {
      return CNIError(
        .notAvailable,
        "PF '\(interface)' does not support \(setting)",
        details: "its driver has no such setting: leave it out of the configuration"
      )
    }
    return nil
  }

  /// Asks the driver for a setting of a virtual function that cannot exist: a driver with the
  /// setting replies that there is no such VF, another that the setting is not supported.
  private func isSupported(
    _ setting: VFChange,
    _ physical: InterfaceName
  ) throws(KernelError) -> Bool {
    guard let nobody = VFIndex(Int(Int32.max) - 1) else { return true }
    do {
      try kernel.perform(Step(.host, .changeVF(nobody, of: physical, [setting])))
      return true
    } catch {
      return error.number != .notSupported
    }
  }
}
