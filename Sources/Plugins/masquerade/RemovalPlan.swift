// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// What DEL restores and removes of a pod's settings and tables, decided on what is there.
struct RemovalPlan: Equatable {
  /// The settings to restore.
  let settings: [PodSettings.Setting]
  /// The attachment's tables.
  let records: [PodRecord]

  /// Decides what is an attachment's among the records of its pod.
  init(_ attachment: Attachment, _ records: [PodRecord]) {
    let own = records.filter { $0.label.isOf(attachment) }
    self.records = own
    // What another attachment noted is what it needs: its DEL restores it.
    let others = records.filter { !$0.label.isOf(attachment) }.flatMap { $0.note?.former ?? [] }
    settings = own.flatMap { $0.note?.former ?? [] }.filter { setting in
      !others.contains { $0.path == setting.path }
    }
  }
}
