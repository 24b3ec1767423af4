// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// What DEL takes away of a pod, decided on what is there.
struct RemovalPlan: Equatable {
  /// The bridge and the tap, as far as they are there.
  let links: [Link]
  /// The settings to restore.
  let settings: [PodSettings.Setting]
  /// The attachment's tables.
  let records: [PodRecord]

  /// Decides what is an attachment's among the links and records of its pod.
  init(_ attachment: Attachment, _ links: [Link], _ records: [PodRecord]) {
    let own = records.filter { $0.label.isOf(attachment) }
    let note = own.lazy.compactMap { $0.note }.first
    self.records = own
    self.links = [("bridge", note?.bridge), ("tun", note?.tap)].compactMap { kind, name in
      Self.link(kind, name, attachment, links)
    }
    // What another attachment noted is what it needs: its DEL restores it.
    let others = records.filter { !$0.label.isOf(attachment) }.flatMap { $0.note?.former ?? [] }
    settings = own.flatMap { $0.note?.former ?? [] }.filter { setting in
      !others.contains { $0.path == setting.path }
    }
  }

  /// Returns the one link of a kind that ADD made.
  ///
  /// The pod can label any link of its own and rename ours. The name that ADD noted says which it is,
  /// also where ADD was killed before it labelled it; where there is none, the label.
  private static func link(
    _ kind: String,
    _ name: InterfaceName?,
    _ attachment: Attachment,
    _ links: [Link]
  ) -> Link? {
    let candidates = links.filter { link in
      link.kind == kind
        && (link.label(of: MasqueradePlugin.labelName)?.isOf(attachment)
          ?? (link.alias == nil && link.name == name))
    }
    return candidates.first { $0.name == name } ?? candidates.first
  }
}
