// SPDX-License-Identifier: Apache-2.0

import CLibnftnl
import NetworkModel

extension ExpressionReader {
  var immediate: NFT.Expression? {
    guard number(NFTNL_EXPR_IMM_DREG) == NFT_REG_VERDICT.rawValue else {
      return register(NFTNL_EXPR_IMM_DREG).map { .data(data(NFTNL_EXPR_IMM_DATA), into: $0) }
    }
    let chain = has(NFTNL_EXPR_IMM_CHAIN) ? text(NFTNL_EXPR_IMM_CHAIN) : nil
    return NFT.Verdict(number: number(NFTNL_EXPR_IMM_VERDICT), chain: chain)
      .map { .verdict($0) }
  }

  var counter: NFT.Expression? {
    .counter(
      packets: longNumber(NFTNL_EXPR_CTR_PACKETS),
      bytes: longNumber(NFTNL_EXPR_CTR_BYTES)
    )
  }

  var masquerade: NFT.Expression? {
    guard number(NFTNL_EXPR_MASQ_FLAGS) == 0, !has(NFTNL_EXPR_MASQ_REG_PROTO_MIN) else {
      return nil
    }
    return .masquerade
  }

  var nat: NFT.Expression? {
    guard let kind = NFT.NATKind(rawValue: number(NFTNL_EXPR_NAT_TYPE)),
      let family = NFT.Family(rawValue: UInt8(truncatingIfNeeded: number(NFTNL_EXPR_NAT_FAMILY))),
      let address = register(NFTNL_EXPR_NAT_REG_ADDR_MIN)
    else { return nil }
    guard has(NFTNL_EXPR_NAT_REG_PROTO_MIN) else { return .nat(kind, family, address: address) }
    let port = register(NFTNL_EXPR_NAT_REG_PROTO_MIN)
    return .nat(kind, family, address: address, port: port)
  }
}
