// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnftnl
import Linux
import Netlink
package import NetworkModel

/// The packet filter of one network namespace: reads it and changes it.
///
/// It stays in the namespace in which it was opened. After a transaction that removes something the
/// kernel frees it in the background, and *closing* the socket waits for that (about 10 ms of RCU):
/// it is closed with its last copy, after other work such as deleting the link.
package struct RulesetSocket {
  let socket: NetlinkSocket

  /// Opens the packet filter of the calling thread's namespace.
  /// - Throws: `KernelError`, such as EPROTONOSUPPORT from a kernel without nfnetlink.
  package init() throws(KernelError) {
    socket = try NetlinkSocket.open(NETLINK_NETFILTER, describedAs: "a netlink socket for nftables")
  }

  /// Makes all changes or none.
  ///
  /// A dormant table may be awake afterwards even if the rest fails: the kernel refuses (EINVAL) to
  /// wake it in the transaction that changes one of its base chains.
  /// - Throws: `KernelError` that names the first change that was refused.
  package func commit(_ transaction: Nftables.Transaction) throws(KernelError) {
    do {
      try submit(transaction, isFinal: true)
    } catch {
      let isWaking = { (change: Nftables.Change) in
        if case .wakeTable = change { true } else { false }
      }
      guard error.errno == EINVAL, let waking = transaction.first(where: isWaking) else {
        throw error
      }
      try submit([waking], isFinal: true)
      try submit(transaction, isFinal: true)
    }
  }

  /// Finds out whether `commit` would succeed, through the same kernel code, and changes nothing;
  /// kernel modules that the changes need are loaded.
  ///
  /// A batch without its end is validated and discarded, as with `nft --check`.
  /// - Throws: `KernelError` that names the first change that would be refused.
  package func check(_ transaction: Nftables.Transaction) throws(KernelError) {
    try submit(transaction, isFinal: false)
  }

  private func submit(_ transaction: Nftables.Transaction, isFinal: Bool) throws(KernelError) {
    guard let last = transaction.last else { return }
    let request = Request(transaction, isFinal: isFinal)
    var refusal: (number: UInt32, verdict: NetlinkReply.Verdict)?
    do {
      try socket.exchange(request.messages, { (last.operation, last.object) }) { reply in
        guard let verdict = reply.verdict else { return false }
        if verdict.errno != 0, refusal == nil { refusal = (reply.sequence, verdict) }
        return reply.sequence == request.lastSequence
      }
    } catch {
      // An error is certain, even if another reply may be lost.
      guard refusal != nil else { throw error }
    }
    guard let refusal else { return }
    let change = request.change(sequence: refusal.number).map { transaction[$0] }
    throw KernelError(
      errno: refusal.verdict.errno,
      kernelText: refusal.verdict.text,
      operation: change?.operation ?? "commit",
      object: change?.object ?? "a transaction"
    )
  }
}
