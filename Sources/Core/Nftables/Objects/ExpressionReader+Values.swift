// SPDX-License-Identifier: Apache-2.0

import CLibnftnl
import NetworkModel

extension ExpressionReader {
  var meta: NFT.Expression? {
    guard let key = NFT.MetaKey(rawValue: number(NFTNL_EXPR_META_KEY)) else { return nil }
    if has(NFTNL_EXPR_META_SREG) {
      return register(NFTNL_EXPR_META_SREG).map { .setMeta(key, from: $0) }
    }
    return register(NFTNL_EXPR_META_DREG).map { .meta(key, into: $0) }
  }

  var payload: NFT.Expression? {
    guard !has(NFTNL_EXPR_PAYLOAD_SREG),
      let base = NFT.PayloadBase(rawValue: number(NFTNL_EXPR_PAYLOAD_BASE)),
      let register = register(NFTNL_EXPR_PAYLOAD_DREG)
    else { return nil }
    let offset = number(NFTNL_EXPR_PAYLOAD_OFFSET)
    return .payload(base, offset: offset, length: number(NFTNL_EXPR_PAYLOAD_LEN), into: register)
  }

  var comparison: NFT.Expression? {
    guard let comparison = NFT.Comparison(rawValue: number(NFTNL_EXPR_CMP_OP)),
      let register = register(NFTNL_EXPR_CMP_SREG)
    else { return nil }
    return .compare(comparison, data(NFTNL_EXPR_CMP_DATA), in: register)
  }

  var range: NFT.Expression? {
    guard let register = register(NFTNL_EXPR_RANGE_SREG) else { return nil }
    return .range(
      data(NFTNL_EXPR_RANGE_FROM_DATA),
      data(NFTNL_EXPR_RANGE_TO_DATA),
      isInverted: number(NFTNL_EXPR_RANGE_OP) == NFT_RANGE_NEQ.rawValue,
      in: register
    )
  }

  var bitwise: NFT.Expression? {
    guard number(NFTNL_EXPR_BITWISE_OP) == kernelBitwiseBoolean,
      let source = register(NFTNL_EXPR_BITWISE_SREG),
      let target = register(NFTNL_EXPR_BITWISE_DREG)
    else { return nil }
    let mask = data(NFTNL_EXPR_BITWISE_MASK)
    return .bitwise(mask: mask, xor: data(NFTNL_EXPR_BITWISE_XOR), from: source, into: target)
  }

  var byteOrder: NFT.Expression? {
    guard let order = NFT.ByteOrder(rawValue: number(NFTNL_EXPR_BYTEORDER_OP)),
      let source = register(NFTNL_EXPR_BYTEORDER_SREG),
      register(NFTNL_EXPR_BYTEORDER_DREG) == source
    else { return nil }
    let size = number(NFTNL_EXPR_BYTEORDER_SIZE)
    return .byteOrder(order, length: number(NFTNL_EXPR_BYTEORDER_LEN), size: size, in: source)
  }

  var lookup: NFT.Expression? {
    guard let register = register(NFTNL_EXPR_LOOKUP_SREG) else { return nil }
    let set = text(NFTNL_EXPR_LOOKUP_SET)
    guard has(NFTNL_EXPR_LOOKUP_DREG) else {
      let isInverted = number(NFTNL_EXPR_LOOKUP_FLAGS) & NFT_LOOKUP_F_INV.rawValue != 0
      return .lookup(set, isInverted: isInverted, in: register)
    }
    guard number(NFTNL_EXPR_LOOKUP_DREG) == NFT_REG_VERDICT.rawValue else { return nil }
    return .verdictMap(set, in: register)
  }

  var connection: NFT.Expression? {
    guard !has(NFTNL_EXPR_CT_DIR),
      let key = NFT.ConnectionKey(rawValue: number(NFTNL_EXPR_CT_KEY))
    else { return nil }
    if has(NFTNL_EXPR_CT_SREG) {
      return register(NFTNL_EXPR_CT_SREG).map { .setConnection(key, from: $0) }
    }
    return register(NFTNL_EXPR_CT_DREG).map { .connection(key, into: $0) }
  }

  var route: NFT.Expression? {
    guard let result = NFT.RouteResult(rawValue: number(NFTNL_EXPR_FIB_RESULT)),
      let register = register(NFTNL_EXPR_FIB_DREG)
    else { return nil }
    let selector = NFT.RouteSelector(rawValue: number(NFTNL_EXPR_FIB_FLAGS))
    return .route(result, selector, into: register)
  }
}
