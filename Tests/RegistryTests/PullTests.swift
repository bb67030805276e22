import Images
import OCISpec
import Testing

@testable import Registry

@Suite struct PullTests {
  @Test func anImageComesWhole() async throws {
    let image = FakeImage()
    let store = FakeStore()
    let told = Told()
    try await FakeRegistry.with({ image.answer($0) }) { registry in
      let reference = try ImageReference("\(registry.name)/box").tagged
      let pulled = try await withClient {
        try await Pull($0, into: store, telling: told.listener).run(reference)
      }
      #expect(pulled.named == FakeImage.blob(image.manifest, MediaType.manifest))
      #expect(pulled.manifest == pulled.named)
      #expect(pulled.id == FakeImage.digest(image.config))
      #expect(pulled.isNew)
      let state = store.state.withLockedValue { $0 }
      #expect(state.layers == [0: image.layers[0], 1: image.layers[1]])
      #expect(state.blobs[pulled.id] == image.config)
      #expect(
        told.words(FakeImage.digest(image.layers[0])) == [
          "Pulling fs layer", "Downloading", "Downloading", "Verifying Checksum", "Download complete",
          "Extracting", "Pull complete",
        ])
    }
  }

  @Test func whatIsThereIsNotFetched() async throws {
    let image = FakeImage()
    let layers = image.layers.map { FakeImage.digest($0) }
    let store = FakeStore(there: Set(layers))
    let told = Told()
    try await FakeRegistry.with({ image.answer($0) }) { registry in
      let reference = try ImageReference("\(registry.name)/box").tagged
      store.state.withLockedValue {
        $0.blobs = image.blobs
        $0.blobs[FakeImage.digest(image.manifest)] = image.manifest
        $0.tags[reference.familiar] = FakeImage.blob(image.manifest, MediaType.manifest)
      }
      let pulled = try await withClient {
        try await Pull($0, into: store, telling: told.listener).run(reference)
      }
      #expect(!pulled.isNew)
      #expect(registry.lines == ["HEAD /v2/box/manifests/latest"])
      #expect(told.words(layers[0]) == ["Already exists"])
    }
  }

  @Test func tagsThatMovedAreFetched() async throws {
    let image = FakeImage()
    let store = FakeStore()
    try await FakeRegistry.with({ image.answer($0) }) { registry in
      let reference = try ImageReference("\(registry.name)/box").tagged
      store.state.withLockedValue { $0.tags[reference.familiar] = FakeImage.blob([1]) }
      #expect(try await withClient { try await Pull($0, into: store).run(reference) }.isNew)
      #expect(registry.lines.prefix(2) == ["HEAD /v2/box/manifests/latest", "GET /v2/box/manifests/latest"])
    }
  }

  /// A list of two images, at `latest`.
  private static func list(_ image: FakeImage, _ other: FakeImage) -> (
    index: [UInt8], play: FakeRegistry.Play
  ) {
    let entries = [
      FakeImage.descriptor(MediaType.manifest, other.manifest, platform: "linux/s390x"),
      FakeImage.descriptor(
        MediaType.manifest, image.manifest, platform: "linux/\(Platform.host.architecture)"),
      FakeImage.descriptor(MediaType.manifest, [1], platform: "unknown/unknown"),
    ]
    let index = Array(
      #"{"schemaVersion":2,"mediaType":"\#(MediaType.index)","manifests":[\#(entries.joined(separator: ","))]}"#
        .utf8)
    return (
      index,
      { request in
        if request.path == "/v2/box/manifests/latest" { return FakeAnswer(body: index) }
        let answer = image.answer(request)
        return answer.status == 404 ? other.answer(request) : answer
      }
    )
  }

  @Test func theMachinesPlatformIsChosen() async throws {
    let image = FakeImage()
    let other = FakeImage(layers: [[7]], architecture: "s390x")
    let (index, play) = Self.list(image, other)
    try await FakeRegistry.with(play) { registry in
      try await withClient { client in
        let reference = try ImageReference("\(registry.name)/box").tagged
        let pulled = try await Pull(client, into: FakeStore()).run(reference)
        #expect(pulled.named == FakeImage.blob(index, MediaType.index))
        #expect(pulled.manifest.digest == FakeImage.digest(image.manifest))
        let asked = try await Pull(client, into: FakeStore()).run(
          reference, platform: Platform("linux/s390x"))
        #expect(asked.id == FakeImage.digest(other.config))
        let text = await failure {
          _ = try await Pull(client, into: FakeStore()).run(reference, platform: Platform("linux/arm/v7"))
        }
        #expect(
          text
            == "no matching manifest for linux/arm/v7 in the manifest list entries \(reference.familiar) (there are linux/\(Platform.host.architecture), linux/s390x)"
        )
      }
    }
  }

  @Test func solePlatformsAreChecked() async throws {
    let image = FakeImage(architecture: "s390x")
    try await FakeRegistry.with({ image.answer($0) }) { registry in
      let reference = try ImageReference("\(registry.name)/box").tagged
      let text = await failure {
        _ = try await withClient {
          try await Pull($0, into: FakeStore()).run(reference, platform: Platform("linux/amd64"))
        }
      }
      #expect(
        text
          == "image with reference \(reference.familiar) was found but does not match the specified platform: wanted linux/amd64, actual: linux/s390x"
      )
    }
  }

  @Test func threeLayersComeAtOnce() async throws {
    let image = FakeImage(layers: (0..<12).map { [UInt8($0)] })
    let store = FakeStore()
    let told = Told()
    try await FakeRegistry.with({ image.answer($0) }) { registry in
      _ = try await withClient {
        try await Pull($0, into: store, telling: told.listener).run(ImageReference("\(registry.name)/box"))
      }
    }
    let state = store.state.withLockedValue { $0 }
    #expect(state.layers.count == 12)
    #expect((2...3).contains(state.mostOpen))
    #expect(told.words(FakeImage.digest([2])).prefix(2) == ["Pulling fs layer", "Downloading"])
    #expect(told.words(FakeImage.digest([3])).prefix(2) == ["Pulling fs layer", "Waiting"])
  }

  /// One that stands between others too, of which the upper one waits for it.
  @Test(.timeLimit(.minutes(1))) func oneBlobMayBeSeveralLayers() async throws {
    let image = FakeImage(layers: [[1], [2], [1], [3], [1]])
    let store = FakeStore()
    let told = Told()
    try await FakeRegistry.with({ image.answer($0) }) { registry in
      _ = try await withClient {
        try await Pull($0, into: store, telling: told.listener).run(ImageReference("\(registry.name)/box"))
      }
      #expect(registry.lines.filter { $0.hasSuffix("\(FakeImage.digest([1]))") }.count == 1)
    }
    #expect(store.state.withLockedValue { $0.layers } == [0: [1], 1: [2], 2: [1], 3: [3], 4: [1]])
    #expect(told.words(FakeImage.digest([1])).count { $0 == "Pull complete" } == 1)
  }

  @Test func wrongLayersEndIt() async throws {
    let image = FakeImage()
    let store = FakeStore()
    try await FakeRegistry.with({ request in
      var answer = image.answer(request)
      if answer.body == image.layers[1] { answer.body = [9, 9, 9] }
      return answer
    }) { registry in
      let text = await failure {
        _ = try await withClient {
          try await Pull($0, into: store).run(ImageReference("\(registry.name)/box"))
        }
      }
      #expect(text.contains("its digest is"))
    }
    #expect(store.state.withLockedValue { $0.layers[1] } == nil)
  }

  @Test func layersMustBeAsManyAsDigests() async throws {
    var image = FakeImage()
    image.config = Array(#"{"architecture":"amd64","os":"linux","rootfs":{"diff_ids":[]}}"#.utf8)
    let list = image.layers.map { FakeImage.descriptor(MediaType.layerGzip, $0) }.joined(separator: ",")
    image.manifest = Array(
      #"{"schemaVersion":2,"config":\#(FakeImage.descriptor(MediaType.config, image.config)),"layers":[\#(list)]}"#
        .utf8)
    let fixed = image
    try await FakeRegistry.with({ fixed.answer($0) }) { registry in
      let text = await failure {
        _ = try await withClient {
          try await Pull($0, into: FakeStore()).run(ImageReference("\(registry.name)/box"))
        }
      }
      #expect(text.hasSuffix("it is of 0 layers, and the manifest of 2"))
    }
  }

  @Test func cancellingEndsIt() async throws {
    let image = FakeImage()
    let held = Held()
    try await FakeRegistry.with({ request in
      if request.path.hasSuffix("\(FakeImage.digest(image.layers[1]))") { held.wait() }
      return image.answer(request)
    }) { registry in
      let work = Task {
        _ = try await withClient {
          try await Pull($0, into: FakeStore()).run(ImageReference("\(registry.name)/box"))
        }
      }
      await held.untilWaiting()
      work.cancel()
      await #expect(throws: CancellationError.self) { try await work.value }
      held.release()
    }
  }
}
