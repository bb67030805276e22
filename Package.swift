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
    .executable(name: "swiftainer-images", targets: ["swiftainer-images"]),
    .library(name: "OCISpec", targets: ["OCISpec"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.100.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
  ],
  targets: [
    .target(name: "CShim"),
    .systemLibrary(name: "CSeccomp"),
    .systemLibrary(name: "CCap"),
    .systemLibrary(name: "CArchive"),
    .systemLibrary(name: "CZlib"),
    .systemLibrary(name: "CZstd"),
    .target(name: "OCISpec", swiftSettings: strict),
    .target(
      name: "Runtime",
      dependencies: ["CShim", "CSeccomp", "CCap", "OCISpec"],
      swiftSettings: strict),
    .target(name: "Networking", dependencies: ["Runtime", "OCISpec", "CShim"], swiftSettings: strict),
    .target(name: "Images", dependencies: ["Runtime", "OCISpec", "CShim"], swiftSettings: strict),
    .target(
      name: "Archives",
      dependencies: [
        "Images", "Runtime", "OCISpec", "CShim", "CArchive", "CZlib", "CZstd",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: strict),
    .target(
      name: "Registry",
      dependencies: [
        "Images", "Runtime", "OCISpec", "CShim",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ],
      swiftSettings: strict),
    .target(
      name: "Engine", dependencies: ["Images", "Networking", "Runtime", "OCISpec", "CShim"],
      swiftSettings: strict),
    .target(name: "Templates", swiftSettings: strict),
    .executableTarget(
      name: "swiftainer-oci", dependencies: ["Runtime", "OCISpec", "CShim"], swiftSettings: strict),
    .executableTarget(
      name: "swiftainer-monitor", dependencies: ["Engine", "Runtime", "CShim"], swiftSettings: strict),
    .executableTarget(
      name: "swiftainer",
      dependencies: [
        "Engine", "Images", "ImageFlags", "Networking", "Runtime", "OCISpec", "Templates", "CShim",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),
    // What both the everyday program and swiftainer-images take from a command line.
    .target(
      name: "ImageFlags", dependencies: [.product(name: "ArgumentParser", package: "swift-argument-parser")],
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
    // What needs HTTP, TLS, archives or compression, so that nobody else carries them.
    .executableTarget(
      name: "swiftainer-images",
      dependencies: [
        "Archives", "Engine", "ImageFlags", "Images", "Registry", "Runtime", "OCISpec", "CShim",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: strict),
    .testTarget(name: "OCISpecTests", dependencies: ["OCISpec"], swiftSettings: strict),
    .testTarget(name: "RuntimeTests", dependencies: ["Runtime", "OCISpec"], swiftSettings: strict),
    .testTarget(
      name: "NetworkingTests", dependencies: ["Networking", "Runtime", "OCISpec"], swiftSettings: strict),
    .testTarget(name: "ImagesTests", dependencies: ["Images", "Runtime", "OCISpec"], swiftSettings: strict),
    .testTarget(
      name: "ArchivesTests",
      dependencies: ["Archives", "Images", "Runtime", "OCISpec", "CShim", "CArchive", "CZlib", "CZstd"],
      swiftSettings: strict),
    .testTarget(
      name: "RegistryTests",
      dependencies: [
        "Registry", "Images", "Runtime", "OCISpec",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ],
      swiftSettings: strict),
    .testTarget(name: "TemplatesTests", dependencies: ["Templates"], swiftSettings: strict),
    .testTarget(
      name: "EngineTests", dependencies: ["Engine", "Networking", "Runtime", "OCISpec", "CShim"],
      swiftSettings: strict
    ),
  ]
)
