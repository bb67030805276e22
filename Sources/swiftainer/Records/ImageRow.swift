import Engine
import Images
import OCISpec
import Templates

/// One name of an image as a row of `images`. Source: `imageContext` in docker/cli, cli/command/formatter/image.go.
struct ImageRow {
  /// Of what there is none, `<none>` stands.
  struct Name {
    var repository: String?
    var tag: String?
    var digest: String?
  }

  let image: StoredImage
  let name: Name
  let containers: Int
  let isShort: Bool
  let now: Moment
  /// What other images have as well, in bytes; nil where that is not looked up.
  var shared: Int64?

  static let headers: KeyValuePairs = [
    "ID": "IMAGE ID", "Repository": "REPOSITORY", "Tag": "TAG", "Digest": "DIGEST", "CreatedSince": "CREATED",
    "CreatedAt": "CREATED AT", "Size": "SIZE", "Containers": "CONTAINERS", "VirtualSize": "SIZE",
    "SharedSize": "SHARED SIZE", "UniqueSize": "UNIQUE SIZE",
  ]

  var value: TemplateValue {
    let none = "<none>"
    let size = HumanSize.decimal(image.size, digits: 3)
    return .record(
      TemplateRecord(
        "*formatter.imageContext", style: .row,
        [
          TemplateField("Containers", .string(String(containers))),
          .lazy("CreatedAt") { .string(image.createdAt.goText) },
          .lazy("CreatedSince") { .string(image.isDated ? image.createdAt.ago(now) + " ago" : "N/A") },
          TemplateField("Digest", .string(name.digest ?? none)),
          TemplateField("ID", .string(isShort ? image.id.short : image.id.description)),
          TemplateField("Repository", .string(name.repository ?? none)),
          // As with docker: `system df -v` is where this is known.
          TemplateField("SharedSize", .string(shared.map { HumanSize.decimal($0, digits: 3) } ?? "N/A")),
          TemplateField("Size", .string(size)),
          TemplateField("Tag", .string(name.tag ?? none)),
          TemplateField(
            "UniqueSize", .string(shared.map { HumanSize.decimal(image.size - $0, digits: 3) } ?? "N/A")),
          TemplateField("VirtualSize", .string(size)),
        ]))
  }
}

extension StoredImage {
  /// The rows that it has in a list: one for each tag, one for a digest that no tag has, or one without a name.
  func names(fitting patterns: [String] = []) -> [ImageRow.Name] {
    var names: [ImageRow.Name] = []
    let wanted = references.filter { reference in
      patterns.isEmpty || patterns.contains { reference.fits($0) }
    }
    for reference in wanted {
      if let tag = reference.tag {
        names.append(
          ImageRow.Name(
            repository: reference.familiarName, tag: tag, digest: digest(in: reference.name)))
      }
    }
    for reference in wanted where reference.tag == nil {
      let repository = reference.familiarName
      if names.contains(where: { $0.repository == repository }) { continue }
      names.append(ImageRow.Name(repository: repository, digest: reference.digest?.description))
    }
    return names.isEmpty ? [ImageRow.Name()] : names
  }

  /// The manifest's digest by which a repository knows it.
  private func digest(in repository: String) -> String? {
    references.first { $0.name == repository && $0.digest != nil }?.digest?.description
  }

  /// Images that are made the same each time say that they are of the year 1, or of 1970.
  var isDated: Bool { createdAt.nanoseconds > 0 }
}
