// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// What DEL restores and removes in a pod, decided from the observed state.
struct RemovalPlan: Equatable {
  /// Whether the links with the attachment's indices were created by its ADD.
  let ownsLinks: Bool
  /// The settings to restore.
  let settings: [PodSettings.Setting]
  /// The attachment's tables.
  let records: [PodRecord]

  /// Decides which of the pod's records and of the links with its indices are an attachment's.
  ///
  /// A program in the pod may have deleted the table and changed both labels: two such links still
  /// exist then, and carry no other attachment's name. A refused ADD has left neither.
  init(_ attachment: Attachment, _ records: [PodRecord], _ links: [Link]) {
    let labels = links.compactMap { $0.alias.flatMap { Label($0) } }
      .filter { $0.plugin == Label.masqueradePlugin }
    let own = records.filter { $0.label.isOf(attachment) }
    self.records = own
    ownsLinks =
      !own.isEmpty || labels.contains { $0.isOf(attachment) }
      || (links.count == 2 && labels.isEmpty)
    // What another attachment noted is still needed by it; its DEL restores it.
    var paths = Set(
      records.filter { !$0.label.isOf(attachment) }
        .flatMap { $0.note?.former.map { $0.path } ?? [] }
    )
    settings = own.flatMap { $0.note?.former ?? [] }.filter { paths.insert($0.path).inserted }
  }
}
