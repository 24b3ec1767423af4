// SPDX-License-Identifier: Apache-2.0

/// The kind of failure reported by an error object (CNI 1.1.0, "Error").
///
/// A structure, not an enumeration: a delegate's own codes (100 and above) pass through unchanged.
package struct CNIErrorCode: RawRepresentable, Hashable, Sendable {
  /// The number in the error object.
  package let rawValue: UInt

  /// Creates a code from the number in an error object.
  package init(rawValue: UInt) {
    self.rawValue = rawValue
  }

  /// The configuration's cniVersion is not supported, or has no such command.
  package static var incompatibleVersion: Self { Self(rawValue: 1) }

  /// An environment variable is missing or wrong.
  package static var invalidEnvironment: Self { Self(rawValue: 4) }

  /// Reading or writing failed.
  package static var ioFailure: Self { Self(rawValue: 5) }

  /// The configuration is not JSON, or its version or name is not a string.
  package static var decodingFailure: Self { Self(rawValue: 6) }

  /// The configuration is invalid.
  package static var invalidConfiguration: Self { Self(rawValue: 7) }

  /// CNI_NETNS is the plugin's own namespace (libcni's code; the specification has none).
  package static var invalidNamespace: Self { Self(rawValue: 8) }

  /// A transient condition: the runtime should try again.
  package static var tryAgainLater: Self { Self(rawValue: 11) }

  /// STATUS: the plugin cannot serve ADD.
  package static var notAvailable: Self { Self(rawValue: 50) }

  /// Any other failure (libcni's code; the specification has none).
  package static var internalFailure: Self { Self(rawValue: 999) }
}
