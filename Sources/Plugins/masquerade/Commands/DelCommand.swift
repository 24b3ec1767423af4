// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import Netlink
import NetworkModel
import Nftables

/// One DEL, or the cleanup of a failed ADD: removes what exists of an attachment, and nothing else.
///
/// It does not need a configuration that ADD would accept: the links have the attachment's indices,
/// the table its label. A failure does not stop the rest; all are reported.
struct DelCommand {
  private let attachment: Attachment
  private let kernel: Kernel

  /// Opens the pod's namespace; if it is gone, everything is gone with it.
  /// - Throws: `CNIError` if netlink itself is unavailable.
  init(_ request: AttachmentRequest) throws(CNIError) {
    let kernel = try Kernel(containerIfThereAt: request.namespacePath, entering: true)
    self.init(request.attachment, kernel)
  }

  /// Removes an attachment of the pod whose namespace the calling thread is in.
  init(_ attachment: Attachment, _ kernel: Kernel) {
    self.attachment = attachment
    self.kernel = kernel
  }

  /// Removes the attachment; what is already gone counts as success.
  ///
  /// ADD and DEL of the pod's other attachments wait meanwhile, unless the caller holds the lock:
  /// two at once could each leave a setting for the other to restore, so that neither does.
  /// - Throws: `CNIError` that combines all failures.
  func run(isLocked: Bool = false) throws(CNIError) {
    var failures = Faults()
    failures.gather(try CNIError.refused(try AddressServiceRecord.end(attachment)))
    do {
      if let pod = kernel.container {
        let lock: NamespaceLock? = isLocked ? nil : try kernel.lock(.exclusive)
        defer { extendLifetime(lock) }
        for failure in remove(from: pod) { failures.append(CNIError(refused: failure)) }
      }
    } catch {
      failures.append(CNIError(refused: error))
    }
    try failures.throwIfAny()
  }

  /// Returns the failures, which may succeed on a retry.
  ///
  /// The links go first: without them nothing reaches the pod that the rules no longer hold back.
  /// The table goes last: only it records the original settings.
  private func remove(from pod: Side) -> [KernelError] {
    var failures: [KernelError] = []
    var records: [PodRecord] = []
    var links: [Link] = []
    do throws(KernelError) {
      let indices = LinkIndices(attachment)
      for (kind, index) in [(kind: "bridge", index: indices.bridge), ("tun", indices.tap)] {
        if let link = try pod.route.link(at: index), link.kind == kind { links.append(link) }
      }
      records = try kernel.podRecords()
    } catch {
      failures.append(error)
    }
    let plan = RemovalPlan(attachment, records, links)
    var networks: [IPPrefix] = []
    for link in links where plan.ownsLinks {
      // If they cannot be read, tracked connections expire by themselves.
      let addresses = (try? pod.route.addresses(ofLinkAt: link.index)) ?? []
      networks += addresses.filter { $0.isGlobal }.map { $0.prefix.network }
      do throws(KernelError) {
        try pod.route.deleteLink(at: link.index)
      } catch {
        failures.append(error)
      }
    }
    let refused = kernel.performAll(plan.settings.map { $0.step })
    failures += refused.filter { $0.mayPass }
    if failures.isEmpty {
      failures = removeTables(plan.records, keepingRecord: !refused.isEmpty)
      for failure in refused { Log.tolerated("\(failure)") }
    }
    if !networks.isEmpty { kernel.forgetConnections(touching: networks) }
    return failures
  }

  /// Removes the tables, except for the record of settings that could not be restored.
  ///
  /// Neither that record nor a table taken over by a program of the pod keeps the pod from ending.
  private func removeTables(_ records: [PodRecord], keepingRecord: Bool) -> [KernelError] {
    let changes = records.map { keepingRecord ? $0.remnant : [.deleteTable($0.table)] }
    let step = { (change: Nftables.Transaction) in Step(.container, .changeRuleset(change)) }
    // In one transaction, since the pod may have labelled thousands; if it fails, one at a time.
    guard (try? kernel.perform(step(changes.flatMap { $0 }))) == nil else { return [] }
    return kernel.performAll(changes.map(step)).filter { failure in
      if failure.mayPass { return true }
      Log.tolerated("\(failure)")
      return false
    }
  }
}
