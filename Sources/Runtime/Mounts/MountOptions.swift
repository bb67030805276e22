import OCISpec

/// The options of one mount, sorted by what they act on. Source: "Linux mount options" in runtime-spec's
/// config.md, and mount_setattr(2) for the recursive ones.
struct MountOptions: Equatable {
  /// `bind` or `rbind` was among them.
  var isBind = false
  var isRecursive = false
  /// `remount`: nothing is mounted, but what is mounted there is changed.
  var isRemount = false
  var set: MountAttributes = []
  var clear: MountAttributes = []
  var recursiveSet: MountAttributes = []
  var recursiveClear: MountAttributes = []
  var propagations: [(MountPropagation, recursive: Bool)] = []
  var copyUp = false
  /// `idmap` or `ridmap`; nil for neither.
  var idMapIsRecursive: Bool?
  /// For the file system itself: `key=value`, or a flag of the superblock.
  var data: [String] = []

  static func == (a: MountOptions, b: MountOptions) -> Bool {
    a.isBind == b.isBind && a.isRecursive == b.isRecursive && a.isRemount == b.isRemount && a.set == b.set
      && a.clear == b.clear
      && a.recursiveSet == b.recursiveSet && a.recursiveClear == b.recursiveClear && a.copyUp == b.copyUp
      && a.idMapIsRecursive == b.idMapIsRecursive && a.data == b.data
      && a.propagations.elementsEqual(b.propagations, by: { $0.0 == $1.0 && $0.recursive == $1.recursive })
  }

  /// What a word does to the attributes of a mount; nil where it is about something else.
  private static func attributes(_ word: String) -> (set: MountAttributes, clear: MountAttributes)? {
    switch word {
    case "ro": (.readOnly, [])
    case "rw": ([], .readOnly)
    case "nosuid": (.noSetUID, [])
    case "suid": ([], .noSetUID)
    case "nodev": (.noDevices, [])
    case "dev": ([], .noDevices)
    case "noexec": (.noExecute, [])
    case "exec": ([], .noExecute)
    case "nodiratime": (.noFolderAccessTime, [])
    case "diratime": ([], .noFolderAccessTime)
    case "nosymfollow": (.noFollow, [])
    case "symfollow": ([], .noFollow)
    // The modes of access times are one field: setting one clears the field first.
    case "relatime", "atime", "nostrictatime": ([], .accessTimeField)
    case "norelatime", "strictatime": (.strictAccessTime, .accessTimeField)
    case "noatime": (.noAccessTime, .accessTimeField)
    default: nil
    }
  }

  private static let attributeWords = [
    "ro", "rw", "nosuid", "suid", "nodev", "dev", "noexec", "exec", "nodiratime", "diratime", "nosymfollow",
    "symfollow", "relatime", "norelatime", "noatime", "atime", "strictatime", "nostrictatime",
  ]

  private static func propagation(_ word: String) -> MountPropagation? {
    switch word {
    case "private": .private
    case "shared": .shared
    case "slave": .slave
    case "unbindable": .unbindable
    default: nil
    }
  }

  private static let propagationWords = ["private", "shared", "slave", "unbindable"]

  /// Flags of a superblock, which a new file system takes and a bind mount cannot change.
  private static let superblockFlags = [
    "sync", "async", "dirsync", "lazytime", "nolazytime", "mand", "nomand", "iversion", "noiversion",
  ]

  /// Every option that is understood by name, for `features`.
  static let known: [String] =
    (attributeWords + attributeWords.map { "r" + $0 } + propagationWords + propagationWords.map { "r" + $0 }
    + superblockFlags + [
      "bind", "rbind", "remount", "defaults", "silent", "loud", "tmpcopyup", "idmap", "ridmap",
    ])
    .sorted()

  /// Sorts a list of options; what has no name of its own goes to the file system.
  init(_ options: [String]) {
    for option in options {
      if let change = Self.attributes(option) {
        set = set.subtracting(change.clear).union(change.set)
        clear = clear.subtracting(change.set).union(change.clear)
      } else if option.hasPrefix("r"), let change = Self.attributes(String(option.dropFirst())) {
        recursiveSet = recursiveSet.subtracting(change.clear).union(change.set)
        recursiveClear = recursiveClear.subtracting(change.set).union(change.clear)
      } else if let propagation = Self.propagation(option) {
        propagations.append((propagation, recursive: false))
      } else if option.hasPrefix("r"), let propagation = Self.propagation(String(option.dropFirst())) {
        propagations.append((propagation, recursive: true))
      } else {
        switch option {
        case "bind": isBind = true
        case "rbind":
          isBind = true
          isRecursive = true
        case "defaults", "silent", "loud", "": break
        case "tmpcopyup": copyUp = true
        case "idmap": idMapIsRecursive = false
        case "ridmap": idMapIsRecursive = true
        case "remount": isRemount = true
        default: data.append(option)
        }
      }
    }
  }

  /// The calls of mount_setattr that the options amount to, on a tree that is there already.
  func changes(forFilesystem: Bool) -> [MountChange] {
    var changes: [MountChange] = []
    // A new file system takes its attributes at fsmount.
    if !forFilesystem && !(set.isEmpty && clear.isEmpty) {
      changes.append(MountChange(set: set, clear: clear))
    }
    if !recursiveSet.isEmpty || !recursiveClear.isEmpty {
      changes.append(MountChange(set: recursiveSet, clear: recursiveClear, recursive: true))
    }
    for (propagation, recursive) in propagations {
      changes.append(MountChange(propagation: propagation, recursive: recursive))
    }
    return changes
  }

  /// The first option that only a file system of its own could take.
  var firstForFilesystem: String? { data.first }
}
