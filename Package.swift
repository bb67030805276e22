// swift-tools-version:6.2
import PackageDescription

// The executables are static: the OCI path is a hot path, and a dynamic Foundation
// alone would cost more than the rest of a launch.
let strict: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]

let package = Package(
  name: "swiftainer",
  products: [
    .executable(name: "swiftainer", targets: ["swiftainer"]),
    .executable(name: "swiftainer-oci", targets: ["swiftainer-oci"]),
    .executable(name: "swiftainer-monitor", targets: ["swiftainer-monitor"]),
    .executable(name: "swiftainer-metrics", targets: ["swiftainer-metrics"]),
    .library(name: "OCISpec", targets: ["OCISpec"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
  ],
  targets: [
    .target(name: "CShim"),
    .systemLibrary(name: "CSeccomp"),
    .systemLibrary(name: "CCap"),
    .target(name: "OCISpec", swiftSettings: strict),
    .target(
      name: "Runtime",
      dependencies: ["CShim", "CSeccomp", "CCap", "OCISpec"],
      swiftSettings: strict),
    .target(name: "Network", dependencies: ["Runtime", "OCISpec", "CShim"], swiftSettings: strict),
    .target(name: "Engine", dependencies: ["Network", "Runtime", "OCISpec", "CShim"], swiftSettings: strict),
    .target(name: "Templates", swiftSettings: strict),
    .executableTarget(
      name: "swiftainer-oci", dependencies: ["Runtime", "OCISpec", "CShim"], swiftSettings: strict),
    .executableTarget(
      name: "swiftainer-monitor", dependencies: ["Engine", "Runtime", "CShim"], swiftSettings: strict),
    .executableTarget(
      name: "swiftainer",
      dependencies: [
        "Engine", "Network", "Runtime", "OCISpec", "Templates", "CShim",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    // A program of its own: nobody else is to carry an HTTP server.
    .executableTarget(
      name: "swiftainer-metrics",
      dependencies: [
        "Engine", "Runtime",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ],
      swiftSettings: strict),
    .testTarget(name: "OCISpecTests", dependencies: ["OCISpec"], swiftSettings: strict),
    .testTarget(name: "RuntimeTests", dependencies: ["Runtime", "OCISpec"], swiftSettings: strict),
    .testTarget(
      name: "NetworkTests", dependencies: ["Network", "Runtime", "OCISpec"], swiftSettings: strict),
    .testTarget(name: "TemplatesTests", dependencies: ["Templates"], swiftSettings: strict),
    .testTarget(
      name: "EngineTests", dependencies: ["Engine", "Network", "Runtime", "OCISpec"], swiftSettings: strict),
  ]
)
