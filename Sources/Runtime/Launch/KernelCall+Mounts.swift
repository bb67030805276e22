/// Calls that mount. Source: mount(2), fsopen(2), fsconfig(2), fsmount(2), open_tree(2), move_mount(2),
/// mount_setattr(2), pivot_root(2).
extension KernelCall {
  static func mount(_ source: String?, _ target: String, _ type: String?, flags: UInt64) -> KernelCall {
    KernelCall("mount", [quote(source), quote(target), quote(type), FlagNames.mount.bits(flags), "NULL"])
  }

  static func umount2(_ target: String, flags: UInt64) -> KernelCall {
    KernelCall("umount2", [quote(target), FlagNames.unmount.bits(flags)])
  }

  static func fsopen(_ type: String, flags: UInt64 = 1) -> KernelCall {
    KernelCall("fsopen", [quote(type), flags == 1 ? "FSOPEN_CLOEXEC" : hex(flags)])
  }

  static func fspick(_ folder: CallDescriptor, _ path: String, flags: UInt64 = 9) -> KernelCall {
    KernelCall("fspick", [folder.text, quote(path), FlagNames.pick.bits(flags)])
  }

  static func fsconfig(_ context: CallDescriptor, command: UInt64, key: String? = nil, value: String? = nil)
    -> KernelCall
  {
    KernelCall("fsconfig", [context.text, FlagNames.fsconfig.choice(command), quote(key), quote(value), "0"])
  }

  /// One option as `mount -o` takes it: `key=value`, or a flag.
  static func fsconfig(_ context: CallDescriptor, option: String) -> KernelCall {
    guard let sign = option.firstIndex(of: "=") else { return fsconfig(context, command: 0, key: option) }
    return fsconfig(
      context, command: 1, key: String(option[..<sign]), value: String(option[option.index(after: sign)...]))
  }

  static func createFilesystem(_ context: CallDescriptor) -> KernelCall { fsconfig(context, command: 6) }

  static func fsmount(_ context: CallDescriptor, flags: UInt64 = 1, attributes: UInt64) -> KernelCall {
    let flags = flags == 1 ? "FSMOUNT_CLOEXEC" : hex(flags)
    return KernelCall("fsmount", [context.text, flags, FlagNames.mountAttributes.bits(attributes)])
  }

  static func open_tree(_ folder: CallDescriptor, _ path: String, flags: UInt64) -> KernelCall {
    KernelCall("open_tree", [folder.text, quote(path), FlagNames.openTree.bits(flags)])
  }

  static func move_mount(
    _ from: CallDescriptor, _ path: String, to folder: CallDescriptor, _ target: String, flags: UInt64
  ) -> KernelCall {
    KernelCall(
      "move_mount", [from.text, quote(path), folder.text, quote(target), FlagNames.moveMount.bits(flags)])
  }

  /// - Parameter words: the fields of `struct mount_attr`: set, clear, propagation, user namespace.
  static func mount_setattr(_ tree: CallDescriptor, _ path: String, at flags: UInt64, words: [UInt64])
    -> KernelCall
  {
    mount_setattr(tree, path, at: flags, words: words, userNamespace: String(words[3]))
  }

  static func mount_setattr(
    _ tree: CallDescriptor, _ path: String, at flags: UInt64, words: [UInt64], userNamespace: String
  ) -> KernelCall {
    let attributes = FlagNames.mountAttributes
    let value = [
      "attr_set=" + attributes.bits(words[0]), "attr_clr=" + attributes.bits(words[1]),
      "propagation=" + (words[2] == 0 ? "0 /* MS_??? */" : FlagNames.mount.choice(words[2])),
      "userns_fd=" + userNamespace,
    ]
    return KernelCall(
      "mount_setattr",
      [tree.text, quote(path), FlagNames.at.bits(flags), "{" + value.joined(separator: ", ") + "}", "32"])
  }

  static func pivot_root(_ new: String, _ old: String) -> KernelCall {
    KernelCall("pivot_root", [quote(new), quote(old)])
  }

  static func chroot(_ path: String) -> KernelCall { KernelCall("chroot", [quote(path)]) }
  static func chdir(_ path: String) -> KernelCall { KernelCall("chdir", [quote(path)]) }
  static func fchdir(_ folder: CallDescriptor) -> KernelCall { KernelCall("fchdir", [folder.text]) }
}
