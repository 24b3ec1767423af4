// SPDX-License-Identifier: Apache-2.0

import CLibnftnl
import NetworkModel

/// Reads the attributes of a `nftnl_expr` that its rule lends.
@safe
struct ExpressionReader {
  private let pointer: OpaquePointer

  /// Borrows an expression.
  init(_ pointer: OpaquePointer) {
    unsafe self.pointer = pointer
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
    var length: UInt32 = 0
    let start = unsafe nftnl_expr_get(pointer, UInt16(attribute), &length)
    return unsafe bytes(start, length)
  }

  private func register(_ attribute: Int) -> NFT.Register? {
    NFT.Register(number: number(attribute))
  }

  /// The expression, or `unknown` where it says something that the values cannot express.
  var expression: NFT.Expression {
    let name = text(Int(NFTNL_EXPR_NAME))
    return known(name) ?? .unknown(name)
  }

  private func known(_ name: String) -> NFT.Expression? {
    switch name {
    case "meta": meta
    case "payload": payload
    case "cmp": comparison
    case "range": range
    case "bitwise": bitwise
    case "byteorder": byteOrder
    case "immediate": immediate
    case "counter": counter
    case "lookup": lookup
    case "ct": connection
    case "fib": route
    case "masq": masquerade
    case "nat": nat
    default: nil
    }
  }
}

extension ExpressionReader {
  private var meta: NFT.Expression? {
    guard let key = NFT.MetaKey(rawValue: number(NFTNL_EXPR_META_KEY)) else { return nil }
    if has(NFTNL_EXPR_META_SREG) {
      return register(NFTNL_EXPR_META_SREG).map { .setMeta(key, from: $0) }
    }
    return register(NFTNL_EXPR_META_DREG).map { .meta(key, into: $0) }
  }

  private var payload: NFT.Expression? {
    guard !has(NFTNL_EXPR_PAYLOAD_SREG),
      let base = NFT.PayloadBase(rawValue: number(NFTNL_EXPR_PAYLOAD_BASE)),
      let register = register(NFTNL_EXPR_PAYLOAD_DREG)
    else { return nil }
    let offset = number(NFTNL_EXPR_PAYLOAD_OFFSET)
    return .payload(base, offset: offset, length: number(NFTNL_EXPR_PAYLOAD_LEN), into: register)
  }

  private var comparison: NFT.Expression? {
    guard let comparison = NFT.Comparison(rawValue: number(NFTNL_EXPR_CMP_OP)),
      let register = register(NFTNL_EXPR_CMP_SREG)
    else { return nil }
    return .compare(comparison, data(NFTNL_EXPR_CMP_DATA), in: register)
  }

  private var range: NFT.Expression? {
    guard let register = register(NFTNL_EXPR_RANGE_SREG) else { return nil }
    return .range(
      data(NFTNL_EXPR_RANGE_FROM_DATA),
      data(NFTNL_EXPR_RANGE_TO_DATA),
      isInverted: number(NFTNL_EXPR_RANGE_OP) == NFT_RANGE_NEQ.rawValue,
      in: register
    )
  }

  private var bitwise: NFT.Expression? {
    guard number(NFTNL_EXPR_BITWISE_OP) == kernelBitwiseBoolean,
      let source = register(NFTNL_EXPR_BITWISE_SREG),
      let target = register(NFTNL_EXPR_BITWISE_DREG)
    else { return nil }
    let mask = data(NFTNL_EXPR_BITWISE_MASK)
    return .bitwise(mask: mask, xor: data(NFTNL_EXPR_BITWISE_XOR), from: source, into: target)
  }

  private var byteOrder: NFT.Expression? {
    guard let order = NFT.ByteOrder(rawValue: number(NFTNL_EXPR_BYTEORDER_OP)),
      let source = register(NFTNL_EXPR_BYTEORDER_SREG),
      register(NFTNL_EXPR_BYTEORDER_DREG) == source
    else { return nil }
    let size = number(NFTNL_EXPR_BYTEORDER_SIZE)
    return .byteOrder(order, length: number(NFTNL_EXPR_BYTEORDER_LEN), size: size, in: source)
  }

  private var immediate: NFT.Expression? {
    guard number(NFTNL_EXPR_IMM_DREG) == NFT_REG_VERDICT.rawValue else {
      return register(NFTNL_EXPR_IMM_DREG).map { .data(data(NFTNL_EXPR_IMM_DATA), into: $0) }
    }
    let chain = has(NFTNL_EXPR_IMM_CHAIN) ? text(NFTNL_EXPR_IMM_CHAIN) : nil
    return NFT.Verdict(number: number(NFTNL_EXPR_IMM_VERDICT), chain: chain)
      .map { .verdict($0) }
  }

  private var counter: NFT.Expression? {
    .counter(
      packets: unsafe nftnl_expr_get_u64(pointer, UInt16(NFTNL_EXPR_CTR_PACKETS)),
      bytes: unsafe nftnl_expr_get_u64(pointer, UInt16(NFTNL_EXPR_CTR_BYTES))
    )
  }

  private var lookup: NFT.Expression? {
    guard let register = register(NFTNL_EXPR_LOOKUP_SREG) else { return nil }
    let set = text(NFTNL_EXPR_LOOKUP_SET)
    guard has(NFTNL_EXPR_LOOKUP_DREG) else {
      let isInverted = number(NFTNL_EXPR_LOOKUP_FLAGS) & NFT_LOOKUP_F_INV.rawValue != 0
      return .lookup(set, isInverted: isInverted, in: register)
    }
    guard number(NFTNL_EXPR_LOOKUP_DREG) == NFT_REG_VERDICT.rawValue else { return nil }
    return .verdictMap(set, in: register)
  }

  private var connection: NFT.Expression? {
    guard !has(NFTNL_EXPR_CT_DIR),
      let key = NFT.ConnectionKey(rawValue: number(NFTNL_EXPR_CT_KEY))
    else { return nil }
    if has(NFTNL_EXPR_CT_SREG) {
      return register(NFTNL_EXPR_CT_SREG).map { .setConnection(key, from: $0) }
    }
    return register(NFTNL_EXPR_CT_DREG).map { .connection(key, into: $0) }
  }

  private var route: NFT.Expression? {
    guard let result = NFT.RouteResult(rawValue: number(NFTNL_EXPR_FIB_RESULT)),
      let register = register(NFTNL_EXPR_FIB_DREG)
    else { return nil }
    let selector = NFT.RouteSelector(rawValue: number(NFTNL_EXPR_FIB_FLAGS))
    return .route(result, selector, into: register)
  }

  private var masquerade: NFT.Expression? {
    guard number(NFTNL_EXPR_MASQ_FLAGS) == 0, !has(NFTNL_EXPR_MASQ_REG_PROTO_MIN) else {
      return nil
    }
    return .masquerade
  }

  private var nat: NFT.Expression? {
    guard let kind = NFT.NATKind(rawValue: number(NFTNL_EXPR_NAT_TYPE)),
      let family = NFT.Family(rawValue: UInt8(truncatingIfNeeded: number(NFTNL_EXPR_NAT_FAMILY))),
      let address = register(NFTNL_EXPR_NAT_REG_ADDR_MIN)
    else { return nil }
    guard has(NFTNL_EXPR_NAT_REG_PROTO_MIN) else { return .nat(kind, family, address: address) }
    let port = register(NFTNL_EXPR_NAT_REG_PROTO_MIN)
    return .nat(kind, family, address: address, port: port)
  }
}
