// SPDX-License-Identifier: Apache-2.0

import Execution
import NetworkModel
import Nftables

/// A table with an owner's label: what an ADD in this pod has done, is doing or left half done.
struct PodRecord: Equatable {
  /// The table's name.
  let table: Nftables.Table.ID
  /// The attachment.
  let label: Label
  /// The note written by its ADD; nil if it is gone.
  let note: PodNote?

  /// The record without any rules, for a DEL that could not restore a setting.
  var remnant: Nftables.Transaction {
    [.deleteTable(table), .addTable(Nftables.Table(table, comment: Nftables.Comment(label.text)))]
      + (note?.comments ?? []).map {
        .addChain(Nftables.Chain(table.chain($0.chain), comment: $0.comment))
      }
  }
}

extension Kernel {
  /// Returns the records of every attachment of the pod.
  func podRecords() throws(KernelError) -> [PodRecord] {
    let ruleset = try ruleset(in: .container)
    var records: [PodRecord] = []
    for table in try ruleset.tables(of: .inet) {
      guard let label = table.comment.flatMap({ Label($0.text) }),
        label.plugin == Label.masqueradePlugin
      else { continue }
      let note = try PodNote { (chain) throws(KernelError) in
        try ruleset.chain(table.id.chain(chain))?.comment
      }
      records.append(PodRecord(table: table.id, label: label, note: note))
    }
    return records
  }
}
