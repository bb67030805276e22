import Images
import OCISpec
import Testing

@testable import Registry

@Suite struct MirrorTests {
  private static func settings(_ registry: FakeRegistry, _ mirrors: [String]) throws -> RegistriesFile {
    let list = mirrors.map { "\"\($0)\"" }.joined(separator: ",")
    return try parsed(#"{"registries":{"\#(registry.name)":{"mirrors":[\#(list)]}}}"#)
  }

  @Test func theFirstThatHasItIsTaken() async throws {
    let image = FakeImage()
    try await FakeRegistry.with({ image.answer($0) }) { registry in
      try await FakeRegistry.with({ _ in .status(503) }) { broken in
        try await FakeRegistry.with({ $0.path == "/v2/" ? .status(200) : .status(404) }) { empty in
          try await FakeRegistry.with({ image.answer($0) }) { mirror in
            let settings = try Self.settings(
              registry, ["http://127.0.0.1:1", broken.name, empty.name, mirror.name])
            try await withClient(settings) { client in
              let reference = try ImageReference("\(registry.name)/box")
              _ = try await client.manifest(reference)
              #expect(
                try await client.bytes(of: FakeImage.blob(image.config), of: reference) == image.config)
            }
            #expect(registry.requests.isEmpty)
            #expect(mirror.lines.count == 2)
            // Blobs are fetched from who has had the manifest.
            #expect(empty.lines.count == 1)
          }
        }
      }
    }
  }

  @Test func theRegistryItselfIsTheLast() async throws {
    let image = FakeImage()
    try await FakeRegistry.with({ image.answer($0) }) { registry in
      // It has the manifest, and then no more.
      try await FakeRegistry.with({
        $0.path.contains("/blobs/") ? .status(500) : image.answer($0)
      }) { mirror in
        try await withClient(Self.settings(registry, [mirror.name])) { client in
          let reference = try ImageReference("\(registry.name)/box")
          _ = try await client.manifest(reference)
          #expect(try await client.bytes(of: FakeImage.blob(image.config), of: reference) == image.config)
        }
        #expect(registry.lines == ["GET /v2/box/blobs/\(FakeImage.digest(image.config))"])
      }
    }
  }

  /// A redirect to plain http is no answer of the server's, nor is the refusal of those who give tokens.
  @Test func whatKeepsAMirrorFromAnsweringIsNoMatter() async throws {
    let image = FakeImage()
    let lost: [FakeAnswer] = [
      FakeAnswer(status: 307, headers: [("Location", "http://plain.example.com/blob")]),
      FakeAnswer(status: 401, headers: [("WWW-Authenticate", #"Bearer realm="http://plain.example.com/""#)]),
    ]
    for answer in lost {
      try await FakeRegistry.with({ image.answer($0) }) { registry in
        try await FakeRegistry.with({ $0.path.contains("/blobs/") ? answer : image.answer($0) }) { mirror in
          try await withClient(Self.settings(registry, [mirror.name])) { client in
            let reference = try ImageReference("\(registry.name)/box")
            _ = try await client.manifest(reference)
            #expect(try await client.bytes(of: FakeImage.blob(image.config), of: reference) == image.config)
          }
          #expect(registry.lines == ["GET /v2/box/blobs/\(FakeImage.digest(image.config))"])
        }
      }
    }
  }

  @Test func whatTheRegistrySaysIsTold() async throws {
    try await FakeRegistry.with({
      $0.path == "/v2/" ? .status(200) : .error(404, "MANIFEST_UNKNOWN", "manifest unknown")
    }) { registry in
      try await FakeRegistry.with({ _ in .status(403) }) { mirror in
        let text = await failure {
          try await withClient(Self.settings(registry, [mirror.name])) {
            _ = try await $0.manifest(ImageReference("\(registry.name)/box:1"))
          }
        }
        #expect(
          text == "manifest for \(registry.name)/box:1 not found: manifest unknown: manifest unknown")
      }
    }
  }

  @Test func foldersOfMirrorsAreKept() async throws {
    let image = FakeImage()
    try await FakeRegistry.with({ _ in .status(500) }) { registry in
      try await FakeRegistry.with({ request in
        guard request.path.hasPrefix("/hub/v2/") else { return .status(404) }
        var request = request
        request.path = String(request.path.dropFirst(4))
        return image.answer(request)
      }) { mirror in
        try await withClient(Self.settings(registry, ["http://\(mirror.name)/hub/"])) {
          _ = try await $0.manifest(ImageReference("\(registry.name)/box"))
        }
      }
    }
  }

  @Test func plainHTTPMustBeAllowed() async throws {
    let text = await failure {
      let settings = try parsed(
        #"{"registries":{"docker.io":{"mirrors":["http://mirror.example.com"]}}}"#)
      try await withClient(settings) { _ = try await $0.manifest(ImageReference("nginx")) }
    }
    #expect(text.hasPrefix("mirror mirror.example.com: plain http is only for this machine"))
  }
}

/// The function of that name is hidden by a method here.
private func parsed(_ json: String) throws -> RegistriesFile { try settings(json) }
