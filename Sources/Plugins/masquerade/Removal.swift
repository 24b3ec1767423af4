// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import Netlink
import NetworkModel
import Nftables

/// One DEL: takes away what is still there of an attachment, and only that.
///
/// It needs no configuration that ADD would accept: links and table carry the attachment's label.
/// Every failure is kept, none stops the rest.
struct Removal {
  private let attachment: Attachment
  private let tables: [NFT.Table.ID]
  private let kernel: Kernel
  private var failures: [CNIError] = []

  /// Opens the pod's namespace; one that is gone has taken everything along.
  /// - Throws: `CNIError` where netlink itself is out of reach.
  init(_ request: AttachmentRequest) throws(CNIError) {
    attachment = request.attachment
    let configured = try? request.configuration.root["podInterface"].interfaceName()
    let names = [configured, request.interfaceName, MasqueradeConfiguration.defaultPodInterface]
    var tables: [NFT.Table.ID] = []
    for name in names.compactMap({ $0 }) where !tables.contains(Ruleset.tableID(of: name)) {
      tables.append(Ruleset.tableID(of: name))
    }
    self.tables = tables
    kernel = try Kernel(containerIfThereAt: request.namespacePath)
  }

  /// Takes the attachment away; what is gone already is success.
  /// - Throws: `CNIError`, every failure in one.
  mutating func run() throws(CNIError) {
    do {
      try AddressServiceRecord.end(attachment)
    } catch {
      failures.append(CNIError(refused: error))
    }
    do {
      try removeFromPod()
    } catch {
      failures.append(CNIError(refused: error))
    }
    if let error = CNIError.combining(failures) { throw error }
  }

  private mutating func removeFromPod() throws(KernelError) {
    guard let pod = kernel.container else { return }
    let links = try pod.route.links()
    let labelled = links.map { (link: $0, label: $0.label(of: MasqueradePlugin.labelName)) }
    let own = labelled.filter { $0.label?.isOf(attachment) == true }.map { $0.link }
    let isAlone = !labelled.contains { $0.label?.isOf(attachment) == false }
    var networks: [IPPrefix] = []
    for bridge in own where bridge.kind == "bridge" {
      networks += try pod.route.addresses(ofLinkAt: bridge.index).filter { $0.isGlobal }
        .map { $0.prefix.network }
    }
    let found = try ownTable()
    // The links first: without them nothing reaches the pod that rules no longer hold back.
    var steps = own.map { Step(.container, .deleteLink($0.name)) }
    if let found {
      steps.append(Step(.container, .changeRuleset([.deleteTable(found.table)])))
      if isAlone { steps += found.settings.restoration }
    }
    failures += kernel.performAll(steps).map { CNIError(refused: $0) }
    if !networks.isEmpty { kernel.forgetConnections(touching: networks) }
  }

  /// Returns the attachment's table with the settings that were before it, nil where it is gone.
  private func ownTable() throws(KernelError) -> (table: NFT.Table.ID, settings: PodSettings)? {
    let tables = tables
    return try kernel.readRuleset(in: .container) { ruleset throws(KernelError) in
      for id in tables {
        let owner = try ruleset.table(id)?.table.comment.flatMap { Label($0.text) }
        guard let owner, owner.plugin == MasqueradePlugin.labelName, owner.isOf(attachment) else {
          continue
        }
        let note = try ruleset.chain(id.chain(Ruleset.noteChain))?.comment?.text ?? ""
        return (id, PodSettings(note: note, uplink: Ruleset.podInterface(of: id)))
      }
      return nil
    }
  }
}
