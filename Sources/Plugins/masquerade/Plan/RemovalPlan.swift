// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// What DEL restores and removes of a pod, decided on what is there.
struct RemovalPlan: Equatable {
  /// Whether the links of the attachment's indices are those that ADD made.
  let ownsLinks: Bool
  /// The settings to restore.
  let settings: [PodSettings.Setting]
  /// The attachment's tables.
  let records: [PodRecord]

  /// Decides what is an attachment's among the records of its pod, and the links of its indices.
  ///
  /// A program of the pod may have deleted the table and changed both labels: there are still two such
  /// links then, and no other's name is on them. An ADD that was refused has left neither.
  init(_ attachment: Attachment, _ records: [PodRecord], _ links: [Link]) {
    let labels = links.compactMap { $0.alias.flatMap { Label($0) } }
      .filter { $0.plugin == MasqueradePlugin.labelName }
    let own = records.filter { $0.label.isOf(attachment) }
    self.records = own
    ownsLinks =
      !own.isEmpty || labels.contains { $0.isOf(attachment) }
      || (links.count == 2 && labels.isEmpty)
    // What another attachment noted is what it needs: its DEL restores it.
    let others = records.filter { !$0.label.isOf(attachment) }.flatMap { $0.note?.former ?? [] }
    settings = own.flatMap { $0.note?.former ?? [] }.filter { setting in
      !others.contains { $0.path == setting.path }
    }
  }
}
