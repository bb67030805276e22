import CShim
import Glibc
import Runtime
import Testing

@testable import Engine

/// Users and groups of an image of two layers, found without a mount or by one.
@Suite(.enabled(if: geteuid() == 0, "overlays and whiteouts need root")) struct ImageRootTests {
  let upper = Scratch()
  let lower = Scratch(passwd: "lower", group: "lower")

  private var root: ImageRoot { ImageRoot(layers: [upper.path, lower.path]) }

  private func read(_ name: String) throws -> String? {
    let root = root
    let bytes = try RootFile.read("etc/" + name, in: root.accounts())
    return withExtendedLifetime(root) { bytes.map { String(decoding: $0, as: UTF8.self) } }
  }

  @Test func layerThatHasBothIsFoundWithoutAMount() throws {
    #expect(try root.accounts() == lower.path)
    rmdir(upper.path + "/etc")
    #expect(try root.accounts() == lower.path)
    mkdir(upper.path + "/etc", 0o755)
    upper.write("upper", to: "etc/passwd")
    upper.write("upper", to: "etc/group")
    #expect(try root.accounts() == upper.path)
  }

  @Test func oneOfThemIsInTheUpperLayer() throws {
    upper.write("upper", to: "etc/passwd")
    #expect(try read("passwd") == "upper")
    #expect(try read("group") == "lower")
  }

  @Test func deletedOne() throws {
    mknod(upper.path + "/etc/passwd", S_IFCHR, 0)
    #expect(try read("passwd") == nil)
    #expect(try read("group") == "lower")
  }

  @Test func deletedFolder() throws {
    rmdir(upper.path + "/etc")
    mknod(upper.path + "/etc", S_IFCHR, 0)
    #expect(try read("passwd") == nil)
  }

  @Test func folderThatHidesThoseBelow() throws {
    let folder = try Files.open(upper.path + "/etc", O_RDONLY | O_DIRECTORY)
    #expect(shim_set_attribute(folder.raw, "trusted.overlay.opaque", "y", 1) == 0)
    #expect(try read("passwd") == nil)
  }

  @Test func linkThatLeadsIntoTheOtherLayer() throws {
    symlink("../file", upper.path + "/etc/passwd")
    lower.write("linked", to: "file")
    #expect(try read("passwd") == "linked")
    #expect(try read("group") == "lower")
  }
}
