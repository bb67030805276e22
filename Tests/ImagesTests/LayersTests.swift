import Glibc
import OCISpec
import Runtime
import Testing

@testable import Images

@Suite struct LayersTests {
  private let scratch = StoreScratch()
  private var layers: Layers { scratch.store.layers }

  @Test func wholeOrNotAtAll() throws {
    let chain = digest("a")
    let draft = try some(layers.begin(chain))
    #expect(!layers.contains(chain))
    var status = stat()
    #expect(stat(draft.path, &status) == 0 && status.st_mode & 0o777 == 0o755)
    try Files.replace(draft.path + "/file", [1])
    try draft.publish(diffID: digest("1"), digest: digest("2"), size: 1, parent: digest("3"))
    #expect(layers.contains(chain))
    #expect(scratch.names("layers") == [chain.hex, "l"])
    #expect(try Files.read(layers.path(of: chain) + "/file") == [1])
    #expect(
      try layers.layer(chain)
        == StoredLayer(chain: chain, diffID: digest("1"), digest: digest("2"), size: 1, parent: digest("3")))
    let again = try layers.begin(chain)
    let isThere = again == nil
    #expect(isThere)
    #expect(layers.all() == [chain])
  }

  @Test func anInterruptedOneLeavesNothing() throws {
    do {
      let draft = try some(layers.begin(digest("a")))
      try Files.replace(draft.path + "/file", [1])
    }
    #expect(scratch.names("layers") == ["l"])
  }

  @Test func aKilledOneIsBegunAnew() throws {
    let folder = scratch.folder + "/layers/.new-" + digest("a").hex
    try Files.makeFolders(folder + "/fs/deep")
    try Files.replace(folder + "/layer.json", [1])
    try Files.replace(folder + "/fs/deep/file", [1])
    let draft = try some(layers.begin(digest("a")))
    #expect(Files.names(in: draft.path).isEmpty)
    #expect(Files.names(in: folder) == ["fs"])
    try draft.publish(diffID: digest("1"), digest: digest("2"), size: 1, parent: nil)
    #expect(layers.contains(digest("a")))
  }

  @Test func aFolderWithoutItsTaleIsNoLayer() throws {
    try Files.makeFolders(scratch.folder + "/layers/" + digest("a").hex + "/fs")
    #expect(!layers.contains(digest("a")))
    try scratch.unpack(digest("a"), diffID: digest("1"), parent: nil, text: "x")
    #expect(layers.contains(digest("a")))
    #expect(try Files.read(layers.path(of: digest("a")) + "/file") == Array("x".utf8))
  }

  @Test func theMachineGoesDown() throws {
    try scratch.unpack(digest("a"), diffID: digest("1"), parent: nil, text: "perhaps")
    let later = Layers(folder: layers.folder, boot: "another")
    #expect(layers.contains(digest("a")) && !later.contains(digest("a")))
    let draft = try some(later.begin(digest("a")))
    try draft.publish(diffID: digest("1"), digest: digest("1"), size: 1, parent: nil)
    #expect(later.contains(digest("a")) && !layers.contains(digest("a")))
    #expect(Files.names(in: layers.path(of: digest("a"))).isEmpty)
  }

  @Test func whatIsOnTheDiskStays() throws {
    // With its name it is.
    let image = try scratch.make("a", layers: ["x", "y"])
    let later = Layers(folder: layers.folder, boot: "another")
    #expect(image.chainIDs.allSatisfy(later.contains))
    #expect(Files.names(in: layers.folder(of: image.chainIDs[0])).sorted() == ["fs", "layer.json"])
  }

  @Test func nobodyIsWaitedFor() throws {
    let draft = try some(layers.begin(digest("a")))
    switch try scratch.other.layers.tryBegin(digest("a")) {
    case .isBusy: break
    case .isThere: Issue.record("is not there")
    case .mine: Issue.record("is somebody else's")
    }
    try draft.publish(diffID: digest("1"), digest: digest("2"), size: 1, parent: nil)
    switch try scratch.other.layers.tryBegin(digest("a")) {
    case .isThere: break
    case .isBusy: Issue.record("nobody is at it")
    case .mine: Issue.record("it is there")
    }
  }

  @Test func workIsDoneOnce() throws {
    let layers = layers
    let draft = try some(layers.begin(digest("a")))
    let others = (0..<8).map { _ in
      Threads.begin { () -> Bool in
        guard let other = try? layers.begin(digest("a")) else { return layers.contains(digest("a")) }
        _ = other.path
        return false
      }
    }
    try draft.publish(diffID: digest("1"), digest: digest("2"), size: 1, parent: nil)
    #expect(others.allSatisfy { $0() })
  }

  @Test func oneOfManyTakesTheTurnOfWhoGivesUp() throws {
    let (layers, scratch) = (layers, scratch)
    let draft = try some(layers.begin(digest("a")))
    let others = (0..<8).map { number in
      Threads.begin {
        (try? scratch.unpack(digest("a"), diffID: digest("1"), parent: nil, text: "\(number)")) != nil
      }
    }
    _ = consume draft
    #expect(others.allSatisfy { $0() })
    #expect(layers.contains(digest("a")))
    #expect(scratch.names("layers") == [digest("a").hex, "l"])
  }

  /// Overlayfs takes many layers where their names fit on a page.
  @Test func manyLayers() throws {
    let image = try scratch.make("many", layers: (0..<117).map { "layer \($0)" })
    let lower = try layers.lowerFolders(of: image.chainIDs)
    #expect(lower.names.count == 117 && Set(lower.names).count == 117)
    #expect(lower.folder == scratch.folder + "/layers/l")
    #expect(lower.names.joined(separator: ":").utf8.count < 1000)
    // The top one first.
    for (index, name) in lower.names.reversed().enumerated() {
      #expect(try Files.read(lower.folder + "/" + name + "/file") == Array("layer \(index)".utf8))
    }
    // 500 of them and two long paths fit.
    #expect(LowerFolders.most * 7 < 4096 - 400)
    #expect(image.size == image.layerSizes.reduce(0, +))
  }

  @Test func tooManyLayers() {
    let failure = #expect(throws: Failure.self) {
      try layers.lowerFolders(of: Array(repeating: digest("a"), count: 501))
    }
    #expect(failure?.description == "mount layers: there are 501, and overlayfs takes 500")
  }

  @Test func aLayerThatIsNotThere() throws {
    let image = try scratch.make("a", layers: ["x", "y"])
    try layers.remove(image.chainIDs[0])
    let failure = #expect(throws: Failure.self) { try layers.lowerFolders(of: image.chainIDs) }
    #expect(
      failure?.description
        == "mount layers \(image.chainIDs[0]): it is not unpacked (pull its image again)")
    #expect(try layers.lowerFolders(of: []).names.isEmpty)
  }

  @Test func linksAreMadeAgain() throws {
    let image = try scratch.make("a", layers: ["x"])
    let names = scratch.names("layers/l")
    #expect(names.count == 1 && names[0].utf8.count == 6)
    unlink(layers.links + "/" + names[0])
    #expect(try layers.lowerFolders(of: image.chainIDs).names == names)
  }

  @Test func aNameThatIsTaken() throws {
    try layers.prepare()
    let names = Layers.names(of: digest("7"))
    #expect(Set(names).count == 1)
    // All parts of this one are alike, so that there is but one name for it.
    #expect(symlink("../elsewhere/fs", layers.links + "/" + names[0]) == 0)
    #expect(throws: Failure.self) { try layers.link(to: digest("7")) }
    let other = Digest("sha256:" + String(repeating: "7", count: 8) + String(repeating: "8", count: 56))!
    #expect(Layers.names(of: other)[0] == names[0])
    #expect(try layers.link(to: other) == Layers.names(of: other)[1])
    #expect(try layers.link(to: other) == Layers.names(of: other)[1])
  }
}
