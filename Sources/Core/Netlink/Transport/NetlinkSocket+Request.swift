// SPDX-License-Identifier: Apache-2.0

import CLibc
import Linux
package import NetworkModel

extension NetlinkSocket {
  /// How often a listing is begun again because what it lists changed under it.
  private static let attempts = 50

  /// Sends one message and returns what is read of its answers; a listing is that of one moment.
  /// - Throws: `KernelError`: the kernel's own, ENOBUFS where an answer is lost, EINTR where what is
  ///   listed never stays the same.
  package func ask<Value>(
    _ request: borrowing some NetlinkRequest & ~Copyable,
    _ words: Words,
    _ read: (NetlinkReply) -> Value?
  ) throws(KernelError) -> [Value] {
    try Self.untilWhole(words) { () throws(KernelError) in
      try askOnce(request, words, read)
    }
  }

  /// Repeats a reading that returns nil where a change tore it.
  /// - Throws: `KernelError`, EINTR where it goes on.
  package static func untilWhole<Result>(
    _ words: Words,
    _ read: () throws(KernelError) -> Result?
  ) throws(KernelError) -> Result {
    for _ in 1...attempts {
      if let result = try read() { return result }
    }
    throw KernelError(EINTR, text: "it keeps changing", words)
  }

  /// Sends one message and returns what is read of its answers, nil where a change of what is
  /// listed tore them.
  package func askOnce<Value>(
    _ request: borrowing some NetlinkRequest & ~Copyable,
    _ words: Words,
    _ read: (NetlinkReply) -> Value?
  ) throws(KernelError) -> [Value]? {
    var values: [Value] = []
    var isTorn = false
    try exchange(request, words) { reply throws(KernelError) in
      isTorn = isTorn || reply.isTorn
      if let verdict = reply.verdict {
        guard verdict.errno == 0 else {
          throw KernelError(verdict.errno, text: verdict.text, words)
        }
        return true
      }
      if let value = read(reply) { values.append(value) }
      return request.answers == .one
    }
    return isTorn ? nil : values
  }

  /// Sends messages and gives the body every answer to them until it says that all are there.
  ///
  /// What is queued after a failure belongs to no later request and is thrown away.
  /// - Throws: `KernelError`, what the body throws; ENOBUFS where an answer is lost: then nobody
  ///   knows what the kernel did.
  package func exchange(
    _ request: borrowing some NetlinkRequest & ~Copyable,
    _ words: Words,
    _ isLast: (NetlinkReply) throws(KernelError) -> Bool
  ) throws(KernelError) {
    do {
      try send(request, words)
      try collect(request.sequence, words, isLast)
    } catch {
      discardAnswers()
      throw error
    }
  }

  private func collect(
    _ sequence: ClosedRange<UInt32>,
    _ words: Words,
    _ isLast: (NetlinkReply) throws(KernelError) -> Bool
  ) throws(KernelError) {
    var isComplete = true
    while true {
      switch try receive(words) {
      case .foreign: continue
      case .loss: isComplete = false
      case .nothing: throw KernelError(ENOBUFS, text: "the reply was lost", words)
      case .datagram(let size):
        for reply in NetlinkReply.split(taken(size)) {
          // After a loss only what says how it ended counts.
          guard sequence.contains(reply.sequence), isComplete || reply.verdict != nil else {
            continue
          }
          if try isLast(reply), isComplete { return }
        }
      }
    }
  }

  /// Sends messages that the kernel does not answer unless it refuses them.
  package func post(
    _ request: borrowing some NetlinkRequest & ~Copyable,
    _ words: Words
  ) throws(KernelError) {
    try send(request, words)
    discardAnswers()
  }

  /// Empties the queue; taking what is left of a listing ends it in the kernel too.
  private func discardAnswers() {
    // No array is made here: an optimised build (Swift 6.3) frees one that nobody reads before it is
    // filled.
    while let received = try? receive({ ("read", "what nobody asks for") }) {
      if case .nothing = received { return }
    }
  }
}
