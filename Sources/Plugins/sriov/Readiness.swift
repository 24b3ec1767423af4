// SPDX-License-Identifier: Apache-2.0

import CLibc
import CNI
import Execution
import Linux
import Netlink
import NetworkModel
import SRIOV

/// One STATUS: finds out whether ADD can do what the configuration asks, changing nothing.
struct Readiness {
  private let request: NetworkRequest
  private let configuration: SRIOVConfiguration
  private let node: Node
  private let kernel: Kernel

  /// Judges the configuration.
  /// - Throws: `CNIError`.
  init(_ request: NetworkRequest, _ node: Node) throws(CNIError) {
    self.request = request
    self.node = node
    configuration = try SRIOVConfiguration(request.configuration)
    do {
      kernel = try Kernel(container: nil)
    } catch {
      throw CNIError(error)
    }
  }

  /// Looks at the devices and the store, then asks IPAM.
  /// - Throws: `CNIError` with code 50 that says what is missing.
  func run() throws(CNIError) {
    let missing: (text: String, remedy: String)?
    do {
      try node.store.probe()
      missing = try firstMissing()
    } catch {
      throw CNIError(error, code: .notAvailable)
    }
    if let missing { throw CNIError(.notAvailable, missing.text, details: missing.remedy) }
    try request.ipam()?.status()
  }

  /// Which PFs serve this network is known only where the configuration names them, or a VF.
  private func firstMissing() throws(KernelError) -> (text: String, remedy: String)? {
    let dirty = try node.store.allRecords().records.first {
      $0.remainder != nil && [nil, $0.address].contains(configuration.device)
    }
    if let dirty {
      let conflict = VFConflict.dirty(dirty.address, dirty.remainder ?? "")
      return (conflict.message, conflict.remedy)
    }
    if let device = configuration.device { return try firstMissing(about: device) }
    guard !configuration.physicalFunctions.isEmpty else {
      guard try !node.devices.hasVirtualFunctions() else { return nil }
      return ("this node has no VFs", "create some: echo N > /sys/class/net/PF/device/sriov_numvfs")
    }
    for name in configuration.physicalFunctions {
      guard let physical = try node.devices.physicalFunction(named: name) else {
        return ("cannot find PF '\(name)'", #"from "pf""#)
      }
      guard let first = physical.virtualFunctions.min(by: { $0.key < $1.key })?.value else {
        return (
          "PF '\(name)' has no VFs",
          "create some: echo N > /sys/bus/pci/devices/\(physical.address)/sriov_numvfs"
        )
      }
      if let missing = try firstMissing(about: first) { return missing }
    }
    return nil
  }

  private func firstMissing(
    about address: PCIAddress
  ) throws(KernelError) -> (text: String, remedy: String)? {
    guard let observation = try node.observe(address, on: kernel.host) else {
      let conflict = VFConflict.noDevice(address)
      return (conflict.message, conflict.remedy)
    }
    do {
      try HandoverPlan.judgeSettings(configuration, observation)
    } catch {
      return (error.message, error.remedy)
    }
    guard let interface = observation.physicalInterface else { return nil }
    for setting in configuration.settings.single where try !isSupported(setting, interface) {
      return (
        "PF '\(interface)' does not support \(setting)",
        "its driver has no such setting: leave it out of the configuration"
      )
    }
    return nil
  }

  /// Asks the driver for the setting of a virtual function that cannot exist: one that has the
  /// setting says that there is no such function, another that it does not know the setting.
  private func isSupported(
    _ setting: VFChange,
    _ physical: InterfaceName
  ) throws(KernelError) -> Bool {
    guard let nobody = VFIndex(Int(Int32.max) - 1) else { return true }
    do {
      try kernel.perform(Step(.host, .changeVF(nobody, of: physical, [setting])))
      return true
    } catch {
      return error.errno != EOPNOTSUPP
    }
  }
}
