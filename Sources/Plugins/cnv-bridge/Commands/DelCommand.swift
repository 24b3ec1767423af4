// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import Netlink
import NetworkModel

/// One DEL: removes what still exists of an attachment, and nothing else.
///
/// It needs neither the container's namespace nor a configuration that ADD would accept: the host
/// end's name is a hash over the attachment. A failure does not stop the rest; all are reported.
struct DelCommand {
  private let request: AttachmentRequest
  private let attachment: Attachment
  private let kernel: Kernel

  /// Opens the sockets and namespaces that exist.
  /// - Throws: `CNIError` if netlink itself is unavailable.
  init(_ request: AttachmentRequest) throws(CNIError) {
    self.request = request
    attachment = request.attachment
    kernel = try Kernel(containerIfThereAt: request.namespacePath)
  }

  /// Removes the attachment; what is already gone counts as success.
  /// - Throws: `CNIError` that combines all failures.
  func run() throws(CNIError) {
    var teardown = Teardown(kernel)
    // A DHCP server is notified through the interface. Any other address may be given to another
    // container only once this one can no longer use it.
    let releasesFirst = (try? request.ipam())?.type == "dhcp"
    if releasesFirst { teardown.failures.gather(try request.releaseAddresses()) }
    do {
      // Left by killed ADDs, perhaps before one that succeeded.
      if let leftover = try kernel.unfinishedBridge(attachment) {
        teardown.note(kernel.performAll([Step(.host, .deleteLink(leftover.name))]))
      }
      var hostEnd = try hostEnd()
      if hostEnd == nil { hostEnd = try removeRest(&teardown) }
      if let hostEnd {
        teardown.remove([hostEnd]) { _ in Firewall.Removal(attachment, request.configuration) }
      }
      // The host end, whose label names the gateway, may have gone with the container; one of the
      // Go plugin has no label.
      if hostEnd?.label == nil, let gateway = try gatewayInterface() {
        teardown.remove(gateway.name, besides: attachment.hostInterface)
      }
    } catch {
      teardown.note([error])
    }
    if !releasesFirst { teardown.failures.gather(try request.releaseAddresses()) }
    try teardown.failures.throwIfAny()
  }

  /// Removes what a vanished host end has left in the packet filter.
  ///
  /// Returns a host end that exists after all, with its filter: an ADD of the same attachment that
  /// was running at the first look holds the lock until its port exists.
  private func removeRest(_ teardown: inout Teardown) throws(KernelError) -> Link? {
    let lock = try kernel.lock(.exclusive)
    defer { extendLifetime(lock) }
    if let hostEnd = try hostEndWhereMade() { return hostEnd }
    var removal = Firewall.Removal(attachment, request.configuration)
    if let other = try kernel.host.link(named: attachment.hostInterface) {
      removal.ports = []
      let alias = (other.alias ?? "").inQuotes
      Log.tolerated("'\(other.name)' is labelled \(alias): it is kept, with its filter")
    }
    if let other = try pairMadeByGo() {
      removal.goFilters = []
      Log.tolerated("'\(other.name)' may be another attachment's: it is kept, with its filter")
    }
    teardown.remove([]) { _ in removal }
    return nil
  }

  private func gatewayInterface() throws(KernelError) -> GatewayInterface? {
    guard var configuration = try? BridgeConfiguration(request.configuration),
      configuration.gatewayInterface != nil
    else { return nil }
    _ = try configuration.findBridge(kernel)
    return configuration.gatewayInterface
  }

  /// Returns the host end of this attachment as created by either plugin, or nil if it is gone or
  /// belongs to another attachment.
  private func hostEndWhereMade() throws(KernelError) -> Link? {
    if let link = try kernel.host.link(named: attachment.hostInterface) {
      return attachment.owns(link) ? link : nil
    }
    return try hostEndMadeByGo()
  }

  /// Returns the host end of this attachment, even if it was renamed.
  private func hostEnd() throws(KernelError) -> Link? {
    if let hostEnd = try hostEndWhereMade() { return hostEnd }
    let renamed = try kernel.host.route.links().first {
      $0.label?.isOf(attachment) == true
    }
    if let renamed { kernel.host.remember(renamed) }
    return renamed
  }

  /// Returns the host end of an attachment created by the Go plugin.
  ///
  /// The attachment's own spoof filter names it, even if the container end does not lead to it.
  private func hostEndMadeByGo() throws(KernelError) -> Link? {
    let filter = GoSpoofFilter(attachment)
    let rules = Firewall.isMissing ? [] : try Firewall(kernel).goSpoofFilter(filter).prerouting
    for port in filter.ports(in: rules) {
      guard let hostEnd = try kernel.host.link(named: port), hostEnd.kind == "veth",
        hostEnd.label == nil
      else { continue }
      return hostEnd
    }
    guard let hostEnd = try pairMadeByGo(), try isOfThisAttachment(hostEnd) else { return nil }
    return hostEnd
  }

  /// Returns the host end of the container's interface if it was not created by this plugin.
  ///
  /// Its name is random: the container end leads to it, by an index that a process in the container
  /// can choose. The host end must therefore lead back to this end in this container. A labelled
  /// one was created by this plugin and therefore belongs to another attachment.
  private func pairMadeByGo() throws(KernelError) -> Link? {
    guard let container = kernel.container,
      let end = try container.link(named: attachment.containerInterface),
      end.kind == "veth", let index = end.peer,
      let hostEnd = try kernel.host.route.link(at: index),
      hostEnd.kind == "veth", hostEnd.peer == end.index,
      hostEnd.label == nil, let number = hostEnd.peerNamespace,
      try kernel.host.route.number(ofNamespace: container.namespace.file.number) == number
    else { return nil }
    return hostEnd
  }

  /// Whether a host end created by the Go plugin belongs to this attachment and not to another one
  /// with the same container interface.
  ///
  /// ADD's result names it, or has its address if it was renamed; without a result, as in 0.3.1, it
  /// is a port of the configured bridge, without an alias.
  private func isOfThisAttachment(_ hostEnd: Link) throws(KernelError) -> Bool {
    let root = request.configuration.root
    // Errors in the configuration do not keep DEL from doing what it can.
    if let previous = try? request.configuration.previousResult() {
      return previous.interfaces.contains {
        $0.sandbox == nil
          && ($0.name == hostEnd.name.string || $0.macAddress.map { $0 == hostEnd.mac } == true)
      }
    }
    guard hostEnd.alias == nil, let name = try? BridgeConfiguration.bridge(root) else {
      return false
    }
    let bridge = try kernel.host.link(named: name, orAlternatively: true)
    return hostEnd.master == bridge?.index
  }
}

extension Firewall.Removal {
  /// Everything that belongs to one attachment, including objects of the Go plugin.
  init(_ attachment: Attachment, _ configuration: NetworkConfiguration) {
    // Errors in the configuration do not keep DEL from doing what it can.
    let masquerades = (try? configuration.root["ipMasq"].bool()) ?? false
    self.init(
      ports: [attachment.hostInterface],
      goFilters: [GoSpoofFilter(attachment)],
      masquerade: .share(IPMasquerade.Share(attachment)),
      goMasquerade: masquerades ? GoIPTables(attachment) : nil
    )
  }
}
