// SPDX-License-Identifier: Apache-2.0

/// The address of a PCI function: `DOMAIN:BUS:DEVICE.FUNCTION`, such as `0000:3b:02.1`.
package struct PCIAddress: Hashable, Sendable {
  /// The address in lower case with four digits of domain or more, as sysfs writes it.
  package let text: String

  /// Parses `0000:3b:02.1` in either case; returns nil for anything else, including the form
  /// without a domain.
  ///
  /// Only sysfs's own spelling is accepted, so that the text is safe as a path component.
  package init?(_ text: String) {
    let bytes = Array(text.lowercased().utf8)
    let parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count == 3, (4...8).contains(parts[0].count), parts[1].count == 2,
      parts[2].count == 4, parts[2].dropFirst(2).first == UInt8(ascii: "."),
      let function = parts[2].last, (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(function),
      (parts[0] + parts[1] + parts[2].prefix(2)).allSatisfy({ Hexadecimal.value(of: $0) != nil })
    else { return nil }
    self.text = String(decoding: bytes, as: UTF8.self)
  }
}

extension PCIAddress: CustomStringConvertible {
  package var description: String { text }
}
