import OCISpec
import Testing

@testable import Images

@Suite struct UsageTests {
  private let scratch = StoreScratch()

  @Test func whatIsSharedCountsOnce() throws {
    let one = try scratch.make("a", layers: ["12345", "123"])
    let other = try scratch.make("b", layers: ["12345", "1"])
    let usage = try scratch.store.usage()
    #expect(usage.images.count == 2 && usage.size == 9)
    #expect(usage.sharedSize(of: one) == 5 && usage.sharedSize(of: other) == 5)
    #expect(usage.reclaimable { $0.id == one.id } == 1)
    #expect(usage.reclaimable { _ in false } == 9)
    #expect(usage.reclaimable { _ in true } == 0)
  }

  @Test func theSameLayerTwiceIsTwoLayers() throws {
    // On top of itself it has another chain ID.
    let image = try scratch.make("a", layers: ["123", "123"])
    #expect(image.chainIDs[0] != image.chainIDs[1])
    #expect(image.size == 6)
    #expect(try scratch.store.usage().size == 6)
  }

  @Test func steps() throws {
    let image = try scratch.make("a", layers: ["12345", "123"])
    var config = image.config
    config.history = [false, true, false, true, false].map { ImageConfig.History(isEmptyLayer: $0) }
    let manifest = ImageManifest(
      config: try scratch.store.add(config.json(), mediaType: MediaType.config), layers: image.layers)
    let descriptor = try scratch.store.add(manifest.json(), mediaType: MediaType.manifest)
    // A history that tells of more than there is does no harm.
    #expect(try scratch.store.image(descriptor).historySizes == [5, 0, 3, 0, 0])
  }
}
