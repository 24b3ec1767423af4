// SPDX-License-Identifier: Apache-2.0

import CLibnftnl
import Linux
import NetworkModel

/// A `nftnl_expr` of a rule, which owns it.
@safe
struct ExpressionObject {
  private let pointer: OpaquePointer

  /// Borrows an expression of a rule.
  init(_ pointer: OpaquePointer) {
    unsafe self.pointer = pointer
  }

  /// Appends an expression to a rule.
  init(_ expression: Nftables.Expression, addedTo rule: OpaquePointer) {
    let name = expression.kernelName
    unsafe pointer = allocated(name.withCString { unsafe nftnl_expr_alloc($0) })
    unsafe nftnl_rule_add_expr(rule, pointer)
    write(expression)
  }

  private func set(_ attribute: Int, _ number: UInt32) {
    unsafe nftnl_expr_set_u32(pointer, UInt16(attribute), number)
  }

  private func set(_ attribute: Int, _ bytes: [UInt8]) {
    _ = unsafe nftnl_expr_set(pointer, UInt16(attribute), bytes, UInt32(bytes.count))
  }

  private func set(_ attribute: Int, _ text: String) {
    _ = unsafe Nftables.lend(text) { unsafe nftnl_expr_set_str(pointer, UInt16(attribute), $0) }
  }

  private func has(_ attribute: Int) -> Bool {
    unsafe nftnl_expr_is_set(pointer, UInt16(attribute))
  }

  private func number(_ attribute: Int) -> UInt32 {
    unsafe nftnl_expr_get_u32(pointer, UInt16(attribute))
  }

  private func text(_ attribute: Int) -> String {
    unsafe nftnl_expr_get_str(pointer, UInt16(attribute)).map { unsafe String(cString: $0) } ?? ""
  }

  private func data(_ attribute: Int) -> [UInt8] {
    unsafe bytes { unsafe nftnl_expr_get(pointer, UInt16(attribute), $0) }
  }

  private func isFirst(_ register: Int) -> Bool {
    has(register) && number(register) == Self.first
  }

  /// The register for values.
  private static let first = NFT_REG_1.rawValue

  /// `NFT_BITWISE_BOOL`, which newer headers call `NFT_BITWISE_MASK_XOR`.
  private static let maskAndXor: UInt32 = 0
}

extension ExpressionObject {
  private func write(_ expression: Nftables.Expression) {
    let first = Self.first
    switch expression {
    case .meta(let key):
      set(NFTNL_EXPR_META_KEY, key.rawValue)
      set(NFTNL_EXPR_META_DREG, first)
    case .setMeta(let key):
      set(NFTNL_EXPR_META_KEY, key.rawValue)
      set(NFTNL_EXPR_META_SREG, first)
    case .payload(let base, let offset, let length, let word):
      set(NFTNL_EXPR_PAYLOAD_DREG, Self.register(ofWord: word))
      set(NFTNL_EXPR_PAYLOAD_BASE, base.rawValue)
      set(NFTNL_EXPR_PAYLOAD_OFFSET, offset)
      set(NFTNL_EXPR_PAYLOAD_LEN, length)
    case .compare(let comparison, let data):
      set(NFTNL_EXPR_CMP_SREG, first)
      set(NFTNL_EXPR_CMP_OP, comparison.rawValue)
      set(NFTNL_EXPR_CMP_DATA, data)
    case .bitwise(let mask, let xor):
      set(NFTNL_EXPR_BITWISE_SREG, first)
      set(NFTNL_EXPR_BITWISE_DREG, first)
      set(NFTNL_EXPR_BITWISE_OP, Self.maskAndXor)
      set(NFTNL_EXPR_BITWISE_LEN, UInt32(mask.count))
      set(NFTNL_EXPR_BITWISE_MASK, mask)
      set(NFTNL_EXPR_BITWISE_XOR, xor)
    case .data(let data):
      set(NFTNL_EXPR_IMM_DREG, first)
      set(NFTNL_EXPR_IMM_DATA, data)
    case .verdict(let verdict):
      set(NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT.rawValue)
      set(NFTNL_EXPR_IMM_VERDICT, verdict.number)
      if let chain = verdict.chain { set(NFTNL_EXPR_IMM_CHAIN, chain) }
    case .lookup(let name):
      set(NFTNL_EXPR_LOOKUP_SREG, first)
      set(NFTNL_EXPR_LOOKUP_SET, name)
    case .connection(let key):
      set(NFTNL_EXPR_CT_KEY, key.rawValue)
      set(NFTNL_EXPR_CT_DREG, first)
    case .setConnection(let key):
      set(NFTNL_EXPR_CT_KEY, key.rawValue)
      set(NFTNL_EXPR_CT_SREG, first)
    case .addressType(let selector):
      set(NFTNL_EXPR_FIB_DREG, first)
      set(NFTNL_EXPR_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE.rawValue)
      set(NFTNL_EXPR_FIB_FLAGS, selector.rawValue)
    case .nat(let kind, let family):
      set(NFTNL_EXPR_NAT_TYPE, kind.rawValue)
      set(NFTNL_EXPR_NAT_FAMILY, UInt32(family.rawValue))
      set(NFTNL_EXPR_NAT_REG_ADDR_MIN, first)
    case .counter, .masquerade: break
    case .unknown(let name): preconditionFailure("an expression '\(name)' cannot be written")
    }
  }

  /// The expression, or `unknown` if the values cannot express it.
  var expression: Nftables.Expression {
    let name = text(Int(NFTNL_EXPR_NAME))
    return known(name) ?? .unknown(name)
  }

  private func known(_ name: String) -> Nftables.Expression? {
    switch name {
    case "meta":
      guard let key = Nftables.MetaKey(rawValue: number(NFTNL_EXPR_META_KEY)) else { return nil }
      if isFirst(NFTNL_EXPR_META_SREG) { return .setMeta(key) }
      return isFirst(NFTNL_EXPR_META_DREG) ? .meta(key) : nil
    case "payload":
      let register = number(NFTNL_EXPR_PAYLOAD_DREG)
      guard !has(NFTNL_EXPR_PAYLOAD_SREG),
        let base = Nftables.PayloadBase(rawValue: number(NFTNL_EXPR_PAYLOAD_BASE)),
        let word = (0..<16).first(where: { Self.register(ofWord: $0) == register })
      else { return nil }
      let offset = number(NFTNL_EXPR_PAYLOAD_OFFSET)
      return .payload(base, offset: offset, length: number(NFTNL_EXPR_PAYLOAD_LEN), word: word)
    case "cmp":
      guard isFirst(NFTNL_EXPR_CMP_SREG) else { return nil }
      return Nftables.Comparison(rawValue: number(NFTNL_EXPR_CMP_OP))
        .map { .compare($0, data(NFTNL_EXPR_CMP_DATA)) }
    case "bitwise":
      guard number(NFTNL_EXPR_BITWISE_OP) == Self.maskAndXor, isFirst(NFTNL_EXPR_BITWISE_SREG),
        isFirst(NFTNL_EXPR_BITWISE_DREG)
      else { return nil }
      return .bitwise(mask: data(NFTNL_EXPR_BITWISE_MASK), xor: data(NFTNL_EXPR_BITWISE_XOR))
    case "immediate":
      if isFirst(NFTNL_EXPR_IMM_DREG) { return .data(data(NFTNL_EXPR_IMM_DATA)) }
      guard number(NFTNL_EXPR_IMM_DREG) == NFT_REG_VERDICT.rawValue else { return nil }
      let chain = has(NFTNL_EXPR_IMM_CHAIN) ? text(NFTNL_EXPR_IMM_CHAIN) : nil
      return Nftables.Verdict(number: number(NFTNL_EXPR_IMM_VERDICT), chain: chain)
        .map { .verdict($0) }
    case "counter": return .counter
    case "lookup":
      guard isFirst(NFTNL_EXPR_LOOKUP_SREG), !has(NFTNL_EXPR_LOOKUP_DREG),
        number(NFTNL_EXPR_LOOKUP_FLAGS) == 0
      else { return nil }
      return .lookup(text(NFTNL_EXPR_LOOKUP_SET))
    case "ct":
      guard !has(NFTNL_EXPR_CT_DIR),
        let key = Nftables.ConnectionKey(rawValue: number(NFTNL_EXPR_CT_KEY))
      else { return nil }
      if isFirst(NFTNL_EXPR_CT_SREG) { return .setConnection(key) }
      return isFirst(NFTNL_EXPR_CT_DREG) ? .connection(key) : nil
    case "fib":
      guard isFirst(NFTNL_EXPR_FIB_DREG),
        number(NFTNL_EXPR_FIB_RESULT) == NFT_FIB_RESULT_ADDRTYPE.rawValue
      else { return nil }
      return .addressType(of: Nftables.RouteSelector(rawValue: number(NFTNL_EXPR_FIB_FLAGS)))
    case "masq":
      let isPlain = number(NFTNL_EXPR_MASQ_FLAGS) == 0 && !has(NFTNL_EXPR_MASQ_REG_PROTO_MIN)
      return isPlain ? .masquerade : nil
    case "nat":
      guard let kind = Nftables.NATKind(rawValue: number(NFTNL_EXPR_NAT_TYPE)),
        let family = Nftables.Family(number: number(NFTNL_EXPR_NAT_FAMILY)),
        isFirst(NFTNL_EXPR_NAT_REG_ADDR_MIN), !has(NFTNL_EXPR_NAT_REG_PROTO_MIN)
      else { return nil }
      return .nat(kind, family)
    default: return nil
    }
  }

  /// `NFT_REG_1` … `NFT_REG_4` if the word starts one, else `NFT_REG32_00` + word.
  ///
  /// The kernel reports registers in this form, whichever was used.
  private static func register(ofWord word: UInt32) -> UInt32 {
    word % 4 == 0 ? NFT_REG_1.rawValue + word / 4 : NFT_REG32_00.rawValue + word
  }
}

extension Nftables.Expression {
  /// The name of the kernel's implementation.
  fileprivate var kernelName: String {
    switch self {
    case .meta, .setMeta: "meta"
    case .payload: "payload"
    case .compare: "cmp"
    case .bitwise: "bitwise"
    case .data, .verdict: "immediate"
    case .counter: "counter"
    case .lookup: "lookup"
    case .connection, .setConnection: "ct"
    case .addressType: "fib"
    case .masquerade: "masq"
    case .nat: "nat"
    case .unknown(let name): name
    }
  }
}

extension Nftables.Verdict {
  /// `NF_ACCEPT`, `NF_DROP` or `NFT_RETURN` and its like, which are negative.
  fileprivate var number: UInt32 {
    switch self {
    case .accept: 1
    case .drop: 0
    case .return: UInt32(bitPattern: -5)
    case .jump: UInt32(bitPattern: -3)
    case .goto: UInt32(bitPattern: -4)
    }
  }

  /// The target chain of the verdict.
  fileprivate var chain: String? {
    switch self {
    case .jump(let chain), .goto(let chain): chain
    case .accept, .drop, .return: nil
    }
  }

  /// Returns the verdict with a number; nil if it is unknown.
  fileprivate init?(number: UInt32, chain: String?) {
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
