// SPDX-License-Identifier: Apache-2.0

import CLibnftnl
import NetworkModel

extension NFT.Register {
  /// `NFT_REG_1` … `NFT_REG_4` where the word starts one, else `NFT_REG32_00` + word.
  ///
  /// The kernel reports registers in this form, whichever was written.
  var number: UInt32 {
    word % 4 == 0 ? NFT_REG_1.rawValue + word / 4 : NFT_REG32_00.rawValue + word
  }

  /// Returns the register with either number; nil for the verdict's.
  init?(number: UInt32) {
    switch number {
    case NFT_REG_1.rawValue...NFT_REG_4.rawValue: self.init(word: (number - 1) * 4)
    case NFT_REG32_00.rawValue...NFT_REG32_15.rawValue:
      self.init(word: number - NFT_REG32_00.rawValue)
    default: return nil
    }
  }
}

extension NFT.Verdict {
  /// `NF_ACCEPT`, `NF_DROP` or `NFT_RETURN` and its like, which are negative.
  var number: UInt32 {
    switch self {
    case .accept: 1
    case .drop: 0
    case .return: UInt32(bitPattern: -5)
    case .jump: UInt32(bitPattern: -3)
    case .goto: UInt32(bitPattern: -4)
    }
  }

  /// The chain that the verdict leads to.
  var chain: String? {
    switch self {
    case .jump(let chain), .goto(let chain): chain
    case .accept, .drop, .return: nil
    }
  }

  /// Returns the verdict with a number; nil for one that is not known here.
  init?(number: UInt32, chain: String?) {
    switch (Int32(bitPattern: number), chain) {
    case (1, _): self = .accept
    case (0, _): self = .drop
    case (-5, _): self = .return
    case (-3, let chain?): self = .jump(chain)
    case (-4, let chain?): self = .goto(chain)
    default: return nil
    }
  }
}

extension NFT.Expression {
  /// The name of the kernel's implementation.
  var kernelName: String {
    switch self {
    case .meta, .setMeta: "meta"
    case .payload: "payload"
    case .compare: "cmp"
    case .range: "range"
    case .bitwise: "bitwise"
    case .byteOrder: "byteorder"
    case .data, .verdict: "immediate"
    case .counter: "counter"
    case .lookup, .verdictMap: "lookup"
    case .connection, .setConnection: "ct"
    case .route: "fib"
    case .masquerade: "masq"
    case .nat: "nat"
    case .unknown(let name): name
    }
  }
}

/// `NFT_BITWISE_BOOL`, which newer headers call `NFT_BITWISE_MASK_XOR`.
let kernelBitwiseBoolean: UInt32 = 0
