// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// A library of the core; `uses` may only name modules of lower rows (docs/architecture.md).
func core(_ name: String, uses dependencies: [Target.Dependency] = []) -> Target {
  .target(
    name: name,
    dependencies: dependencies,
    path: "Sources/Core/\(name)",
    swiftSettings: settings
  )
}

/// The C headers of one Debian package, imported by exactly one Swift module; all may use `CLibc`.
func c(_ name: String, pkgConfig: String? = nil, apt packages: [String] = []) -> Target {
  .systemLibrary(
    name: name,
    path: "Sources/C/\(name)",
    pkgConfig: pkgConfig,
    providers: packages.isEmpty ? [] : [.apt(packages)]
  )
}

/// libFuzzer's own `main` feeds the parsers (`make fuzz`): the plugins are libraries in that build.
let isFuzzing = Context.environment["FUZZ"] != nil

func plugin(_ name: String, uses dependencies: [Target.Dependency]) -> Target {
  guard !isFuzzing else {
    return .target(
      name: name,
      dependencies: dependencies,
      path: "Sources/Plugins/\(name)",
      exclude: ["main.swift"],
      swiftSettings: settings
    )
  }
  return .executableTarget(
    name: name,
    dependencies: dependencies,
    path: "Sources/Plugins/\(name)",
    swiftSettings: settings
  )
}

func tests(
  _ name: String,
  of dependencies: [Target.Dependency],
  leaving others: [String] = []
) -> Target {
  .testTarget(name: name, dependencies: dependencies, exclude: others, swiftSettings: settings)
}

let fuzz = Target.executableTarget(
  name: "fuzz",
  dependencies: [
    "cnv-bridge", "masquerade", "sriov", "CNI", "GuestAddressing", "Linux", "Netlink",
    "NetworkModel",
    "Nftables", "SRIOV",
  ],
  path: "conformance/fuzz/parsers/Sources",
  swiftSettings: settings
)

let package = Package(
  name: "cnv-cni",
  products: (isFuzzing ? ["fuzz"] : ["cnv-bridge", "masquerade", "sriov"]).map {
    .executable(name: $0, targets: [$0])
  },
  targets: [
    c("CLibc"),
    c("CLinux"),
    c("CLibnl", pkgConfig: "libnl-route-3.0", apt: ["libnl-3-dev", "libnl-route-3-dev"]),
    c("CLibmnl", pkgConfig: "libmnl", apt: ["libmnl-dev"]),
    c("CLibnftnl", pkgConfig: "libnftnl", apt: ["libnftnl-dev"]),
    c("CLibjansson", pkgConfig: "jansson", apt: ["libjansson-dev"]),

    core("NetworkModel"),
    core("GuestAddressing", uses: ["NetworkModel"]),
    core("Linux", uses: ["NetworkModel", "CLibc", "CLinux"]),
    core("CNI", uses: ["NetworkModel", "Linux", "CLibc", "CLibjansson"]),
    core("Netlink", uses: ["NetworkModel", "Linux", "CLibc", "CLibnl", "CLibmnl"]),
    core("Nftables", uses: ["NetworkModel", "Linux", "Netlink", "CLibc", "CLibnftnl"]),
    core("SRIOV", uses: ["NetworkModel", "Linux"]),
    core("Execution", uses: ["NetworkModel", "Linux", "CLibc", "CNI", "Netlink", "Nftables"]),

    plugin(
      "cnv-bridge",
      uses: ["NetworkModel", "Linux", "CNI", "Netlink", "Nftables", "Execution"]
    ),

    plugin(
      "masquerade",
      uses: [
        "NetworkModel", "Linux", "CNI", "Netlink", "Nftables", "Execution", "GuestAddressing",
      ]
    ),

    plugin(
      "sriov",
      uses: ["NetworkModel", "Linux", "CNI", "Netlink", "SRIOV", "Execution"]
    ),

    .target(
      name: "TestSupport",
      dependencies: ["NetworkModel", "Linux", "CLinux"],
      path: "Tests/Support",
      swiftSettings: settings
    ),
    tests("NetworkModelTests", of: ["NetworkModel"]),
    tests("LinuxTests", of: ["Linux", "NetworkModel", "TestSupport"]),
    tests("CNITests", of: ["CNI", "NetworkModel", "Linux"]),
    tests("NetlinkTests", of: ["Netlink", "NetworkModel", "Linux", "TestSupport"]),
    tests(
      "GuestAddressingTests",
      of: ["GuestAddressing", "NetworkModel"],
      leaving: ["goldens.py"]
    ),
    tests("SRIOVTests", of: ["SRIOV", "NetworkModel", "Linux"]),
    tests(
      "NftablesTests",
      of: ["Nftables", "Netlink", "NetworkModel", "Linux", "TestSupport"]
    ),
    tests(
      "ExecutionTests",
      of: ["Execution", "NetworkModel", "Linux", "CNI", "Netlink", "Nftables", "TestSupport"]
    ),
    tests("SriovPluginTests", of: ["sriov", "NetworkModel", "CNI", "Execution", "TestSupport"]),
    tests(
      "CnvBridgeTests",
      of: [
        "cnv-bridge", "NetworkModel", "Linux", "CNI", "Nftables", "Execution", "Netlink",
        "TestSupport",
      ]
    ),
    tests(
      "MasqueradeTests",
      of: [
        "masquerade", "NetworkModel", "GuestAddressing", "CNI", "Linux", "Nftables", "TestSupport",
      ]
    ),
  ] + (isFuzzing ? [fuzz] : [])
)
