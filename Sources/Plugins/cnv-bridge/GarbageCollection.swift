// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import Netlink
import NetworkModel

/// One GC: takes away what attachments of a network left on the host that nobody uses any more.
struct GarbageCollection {
  private let request: NetworkRequest
  private let valid: [Attachment]
  private let kernel: Kernel
  private var failures: [CNIError] = []

  /// Reads which attachments stay.
  /// - Throws: `CNIError`.
  init(_ request: NetworkRequest) throws(CNIError) {
    self.request = request
    let network = request.configuration.name
    valid = try request.configuration.validAttachments().compactMap { identifier in
      InterfaceName(identifier.interfaceName).map {
        Attachment(network: network, containerID: identifier.containerID, containerInterface: $0)
      }
    }
    kernel = try Kernel(containerIfThereAt: nil)
  }

  /// Takes everything else of the network away, and lets IPAM do the same.
  /// - Throws: `CNIError`, every failure in one.
  mutating func run() throws(CNIError) {
    do {
      try removeFromKernel()
    } catch {
      failures.append(CNIError(error))
    }
    do {
      try request.ipam()?.collectGarbage()
    } catch {
      failures.append(error)
    }
    if let error = CNIError.combining(failures) { throw error }
  }

  private mutating func removeFromKernel() throws(KernelError) {
    let links = try kernel.host.route.links()
    let garbage = links.filter { $0.kind == "veth" && isGarbage(label: $0.alias) }
    for hostEnd in garbage { failures += kernel.silence(hostEnd).map { CNIError($0) } }
    let firewall = try Firewall()
    defer { extendLifetime(firewall) }
    do {
      try firewall.remove(try removal(firewall, links))
    } catch {
      failures.append(CNIError(error))
    }
    perform(garbage.map { Step(.host, .deleteLink($0.name)) })
    for hostEnd in garbage {
      guard let gateway = hostEnd.gatewayInterface else { continue }
      perform([Step(.host, .deleteUnusedGateway(gateway, besides: hostEnd.name))])
    }
  }

  /// Filters of ports that are garbage or gone, the Go plugin's for ports that are gone, and the
  /// network's masquerading.
  private func removal(
    _ firewall: borrowing Firewall,
    _ links: [Link]
  ) throws(KernelError) -> Firewall.Removal {
    let validIDs = valid.map { GoSpoofFilter($0) }
    return Firewall.Removal(
      ports: try firewall.spoofFilters().filter { isGarbage(label: $0.attachment) }.map(\.port),
      goFilters: try firewall.leftoverGoSpoofFilters { port in
        links.contains { $0.name == port }
      }.filter { !validIDs.contains($0) },
      masquerade: .network(
        request.configuration.name,
        except: valid.map { IPMasquerade.Owner($0) }
      )
    )
  }

  private mutating func perform(_ steps: [Step]) {
    failures += kernel.performAll(steps).map { CNIError($0) }
  }

  /// Whether a label names an attachment of this network that is not among the valid ones.
  private func isGarbage(label: String?) -> Bool {
    let prefix = Attachment.labelPrefix(
      network: request.configuration.name,
      of: Attachment.pluginName
    )
    guard let label, label.hasPrefix(prefix) else { return false }
    return !valid.contains { label == $0.label || label.hasPrefix($0.label + " ") }
  }
}
