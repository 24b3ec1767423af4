// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import Netlink
import NetworkModel
import Nftables

/// One DEL, or the end of a failed ADD: takes away what is there of an attachment, and only that.
///
/// It needs no configuration that ADD would accept: links and table carry the attachment's label.
/// Every failure is kept, none stops the rest.
struct Removal {
  private let attachment: Attachment
  private let kernel: Kernel

  /// Opens the pod's namespace; one that is gone has taken everything along.
  /// - Throws: `CNIError` where netlink itself is out of reach.
  init(_ request: AttachmentRequest) throws(CNIError) {
    self.init(request.attachment, try Kernel(containerIfThereAt: request.namespacePath))
  }

  /// Removes an attachment of a pod.
  init(_ attachment: Attachment, _ kernel: Kernel) {
    self.attachment = attachment
    self.kernel = kernel
  }

  /// Takes the attachment away; what is gone already is success.
  /// - Throws: `CNIError`, every failure in one.
  func run() throws(CNIError) {
    var failures: [CNIError] = []
    do {
      try AddressServiceRecord.end(attachment)
    } catch {
      failures.append(CNIError(refused: error))
    }
    do {
      failures += try removeFromPod().map { CNIError(refused: $0) }
    } catch {
      failures.append(CNIError(refused: error))
    }
    if let error = CNIError.combining(failures) { throw error }
  }

  /// Returns what failed and may succeed when it is asked for again.
  private func removeFromPod() throws(KernelError) -> [KernelError] {
    guard let pod = kernel.container else { return [] }
    let records = try kernel.podRecords()
    let plan = RemovalPlan(attachment, try pod.route.links(), records)
    var networks: [IPPrefix] = []
    for link in plan.links {
      pod.remember(link)
      do {
        networks += try pod.route.addresses(ofLinkAt: link.index).filter { $0.isGlobal }
          .map { $0.prefix.network }
      } catch {
        // Another DEL may have removed the link since the listing.
        guard error.isAlreadyGone else { throw error }
      }
    }
    // The links first: without them nothing reaches the pod that rules no longer hold back. The table
    // last: it alone knows what the rest was.
    var failures = kernel.performAll(plan.links.map { Step(.container, .deleteLink($0.name)) })
    let refused = kernel.performAll(plan.settings.map { $0.step })
    failures += refused.filter { $0.mayPass }
    if failures.isEmpty {
      failures = removeTables(plan.records, keepingRecord: !refused.isEmpty)
      for failure in refused { Log.tolerated("\(failure)") }
    }
    if !networks.isEmpty { kernel.forgetConnections(touching: networks) }
    return failures
  }

  /// Removes the tables, or all but the record of settings that could not be restored.
  ///
  /// Neither those nor a table that a program of the pod has made its own keep the pod from ending.
  private func removeTables(_ records: [PodRecord], keepingRecord: Bool) -> [KernelError] {
    let steps = records.map { record in
      Step(
        .container,
        .changeRuleset(keepingRecord ? record.remnant : [.deleteTable(record.table)])
      )
    }
    return kernel.performAll(steps).filter { failure in
      if failure.mayPass { return true }
      Log.tolerated("\(failure)")
      return false
    }
  }
}
