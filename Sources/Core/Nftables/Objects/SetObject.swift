// SPDX-License-Identifier: Apache-2.0

import CLibnftnl
import Linux
import Netlink
import NetworkModel

/// Owns a `nftnl_set` and the elements added to it.
@safe
struct SetObject: ~Copyable {
  /// `NFT_DATA_VERDICT`.
  private static let verdictType: UInt32 = 0xFFFF_FF00

  private let pointer: OpaquePointer

  private init() {
    unsafe pointer = allocated(nftnl_set_alloc())
  }

  /// Creates a set that stands for all of a table.
  init(of table: NFT.Table.ID) {
    self.init()
    set(NFTNL_SET_TABLE, table.name)
  }

  /// Creates a set with its name alone.
  init(named id: NFT.Set.ID) {
    self.init(of: id.table)
    set(NFTNL_SET_NAME, id.name)
  }

  /// Creates a set with all that describes it; the number tells it from others of the transaction.
  init(_ set: NFT.Set, number: UInt32) {
    self.init(named: set.id)
    self.set(NFTNL_SET_ID, number)
    self.set(NFTNL_SET_FLAGS, set.flags)
    self.set(NFTNL_SET_KEY_TYPE, set.keyType)
    self.set(NFTNL_SET_KEY_LEN, UInt32(set.keyLength))
    if set.isVerdictMap {
      self.set(NFTNL_SET_DATA_TYPE, Self.verdictType)
      self.set(NFTNL_SET_DATA_LEN, 0)
    }
    // Only intervals need to know where fields begin; elsewhere the kernel refuses to be told.
    if set.isConcatenation && set.hasIntervals {
      self.set(NFTNL_SET_DESC_CONCAT, set.fields.map { UInt8($0.length) })
    }
    let userData = UserData(set.comment, type: UserData.setComment).bytes
    if !userData.isEmpty { self.set(NFTNL_SET_USERDATA, userData) }
  }

  /// Creates a set that only carries elements.
  init(holding elements: ArraySlice<NFT.Element>, of set: NFT.Set) {
    self.init(named: set.id)
    for element in elements {
      for part in set.kernelElements(of: element) {
        let object = ElementObject(part)
        unsafe nftnl_set_elem_add(pointer, object.release())
      }
    }
  }

  deinit { unsafe nftnl_set_free(pointer) }

  private borrowing func set(_ attribute: nftnl_set_attr, _ text: String) {
    _ = unsafe NFT.lend(text) { unsafe nftnl_set_set_str(pointer, UInt16(attribute.rawValue), $0) }
  }

  private borrowing func set(_ attribute: nftnl_set_attr, _ number: UInt32) {
    unsafe nftnl_set_set_u32(pointer, UInt16(attribute.rawValue), number)
  }

  private borrowing func set(_ attribute: nftnl_set_attr, _ bytes: [UInt8]) {
    _ = unsafe nftnl_set_set_data(
      pointer,
      UInt16(attribute.rawValue),
      bytes,
      UInt32(bytes.count)
    )
  }

  /// Adds the set's own attributes to a message.
  borrowing func write(_ header: UnsafeMutablePointer<nlmsghdr>) {
    unsafe nftnl_set_nlmsg_build_payload(header, pointer)
  }

  /// Adds the set's name and elements to a message.
  borrowing func writeElements(_ header: UnsafeMutablePointer<nlmsghdr>) {
    unsafe nftnl_set_elems_nlmsg_build_payload(header, pointer)
  }
}

extension SetObject {
  /// Returns the set that a message of the kernel describes; nil where it has fields, data or flags
  /// that are not known here.
  static func read(_ reply: NetlinkReply) -> NFT.Set? {
    let object = SetObject()
    let result = unsafe reply.withHeader { unsafe nftnl_set_nlmsg_parse($0, object.pointer) }
    guard result >= 0 else { return nil }
    return object.value
  }

  /// Returns the elements in a message of the kernel; a large set comes in several.
  static func readElements(_ reply: NetlinkReply) -> [KernelElement]? {
    let object = SetObject()
    let result = unsafe reply.withHeader { unsafe nftnl_set_elems_nlmsg_parse($0, object.pointer) }
    guard result >= 0 else { return nil }
    var elements: [KernelElement] = []
    let iterator = unsafe allocated(nftnl_set_elems_iter_create(object.pointer))
    while let next = unsafe nftnl_set_elems_iter_next(iterator) {
      elements.append(unsafe ElementObject.read(next))
    }
    unsafe nftnl_set_elems_iter_destroy(iterator)
    return elements
  }

  private var value: NFT.Set? {
    guard let family = NFT.Family(rawValue: UInt8(truncatingIfNeeded: number(NFTNL_SET_FAMILY))),
      let table = text(NFTNL_SET_TABLE), let name = text(NFTNL_SET_NAME),
      let fields = NFT.Set.fields(keyType: number(NFTNL_SET_KEY_TYPE))
    else { return nil }
    var length: UInt32 = 0
    let userData = unsafe nftnl_set_get_data(
      pointer,
      UInt16(NFTNL_SET_USERDATA.rawValue),
      &length
    )
    let set = NFT.Set(
      NFT.Table.ID(family, table).set(name),
      of: fields,
      hasIntervals: number(NFTNL_SET_FLAGS) & UInt32(NFT_SET_INTERVAL.rawValue) != 0,
      isVerdictMap: number(NFTNL_SET_DATA_TYPE) == Self.verdictType,
      comment: UserData.comment(in: unsafe bytes(userData, length), type: UserData.setComment)
    )
    return set.flags == number(NFTNL_SET_FLAGS) ? set : nil
  }

  private func text(_ attribute: nftnl_set_attr) -> String? {
    let text = unsafe nftnl_set_get_str(pointer, UInt16(attribute.rawValue))
    return unsafe text.map { unsafe String(cString: $0) }
  }

  private func number(_ attribute: nftnl_set_attr) -> UInt32 {
    unsafe nftnl_set_get_u32(pointer, UInt16(attribute.rawValue))
  }
}
