import OCISpec

extension Step {
  /// The command of the steps that build the container's file system; nil for any other step.
  var shellOfFile: String? {
    switch self {
    case .setPropagation(let path, let propagation, let recursive):
      Shell.command("mount", "--make-" + (recursive ? "r" : "") + propagation.word, path)
    case .openRoot(let path, let propagation):
      Shell.command("mount", "--rbind", path, path) + " && ROOTFS=" + Shell.word(path)
        + (propagation.map { " && " + Shell.command("mount", "--make-" + $0.word, path) } ?? "")
    case .openRootOverlay(let overlay): overlay.shell
    case .mount(let mount): mount.shell
    case .makeDevice(let device): device.shell
    case .linkInDev(let target, let name): Shell.command("ln", "-s", target, Shell.inRoot("/dev/" + name))
    case .makeFolder(let path): Shell.command("mkdir", "-p", Shell.inRoot(path))
    case .pivotRoot(let method): method.shell
    case .mask(let path):
      "if [ -d \(Shell.word(path)) ]; then "
        + Shell.command("mount", "-t", "tmpfs", "-o", "ro", "tmpfs", path)
        + "; elif [ -e \(Shell.word(path)) ]; then " + Shell.command("mount", "--bind", "/dev/null", path)
        + "; fi"
    case .makeReadOnly(let path):
      Shell.command("mount", "--rbind", path, path) + " && "
        + Shell.command("mount", "-o", "remount,bind,ro,ro=recursive", path)
    case .remountReadOnly(let path):
      // Of the root only when it is the root; of what is in it, while targets are still made.
      Shell.command("mount", "-o", "remount,bind,ro", path == "/" ? path : Shell.inRoot(path))
    case .setSysctl(let name, let value): Shell.command("sysctl", "-w", name + "=" + value)
    case .setLabel(let attribute, let value): Shell.write(value, to: "/proc/thread-self/" + attribute)
    default: nil
    }
  }
}

extension OverlayRoot {
  fileprivate var shell: String {
    Shell.command("mount", "-t", "overlay", "overlay", "-o", options.joined(separator: ","), target)
      + " && ROOTFS="
      + Shell.word(target)
  }
}

extension PivotMethod {
  fileprivate var shell: String {
    switch self {
    case .pivot: "cd $ROOTFS && pivot_root . . && umount -l . && cd /"
    case .pivotFromShared: "cd $ROOTFS && pivot_root . . && mount --make-rslave . && umount -l . && cd /"
    case .moveAndChroot:
      // Any path but / still means the old root's; what is none of its mounts is refused. umount(8) needs /proc.
      "cd $ROOTFS && mount --move . / && "
        + "for m in $(cut -d' ' -f5 /proc/self/mountinfo | grep -vx -e / -e /proc | tac) /proc; "
        + "do umount -l $m; done 2>/dev/null; chroot ."
    }
  }
}

extension DeviceStep {
  fileprivate var shell: String {
    let place = Shell.inRoot(path)
    if bind { return Shell.command("touch", place) + " && " + Shell.command("mount", "--bind", path, place) }
    let permissions = KernelCall.octal(mode & 0o7777)
    let owner = uid == 0 && gid == 0 ? "" : " && " + Shell.command("chown", "\(uid):\(gid)", place)
    let major = (device >> 8) & 0xfff | (device >> 32) & ~0xfff
    let minor = device & 0xff | (device >> 12) & ~0xff
    switch mode & 0o170000 {
    case 0o010000: return Shell.command("mknod", "-m", permissions, place, "p") + owner
    case 0o060000:
      return Shell.command("mknod", "-m", permissions, place, "b", "\(major)", "\(minor)") + owner
    default: return Shell.command("mknod", "-m", permissions, place, "c", "\(major)", "\(minor)") + owner
    }
  }
}

extension MountStep {
  var shellOfPreparation: String? {
    guard case .bind(let path, let recursive) = source, let idMapping else { return nil }
    let kind = recursive ? "--rbind" : "--bind"
    func ranges(_ letter: String, _ list: [LinuxIDMapping]) -> [String] {
      list.map { "\(letter):\($0.containerID):\($0.hostID):\($0.size)" }
    }
    let map = (ranges("u", idMapping.users) + ranges("g", idMapping.groups)).joined(separator: " ")
    return Shell.command(
      "mount", "--mkdir", kind, "-o", "X-mount.idmap=" + map, path, Shell.inRoot(destination))
  }

  fileprivate var shell: String {
    let place = Shell.inRoot(destination)
    let words = options
    let list = words.isEmpty ? [] : ["-o", words.joined(separator: ",")]
    var commands: [String]
    switch source {
    case .filesystem(let type, let source, _):
      commands = [Shell.command(["mount", "--mkdir", "-t", type] + list + [source, place])]
    case .bind(let path, let recursive):
      commands = [Shell.command("mount", "--mkdir", recursive ? "--rbind" : "--bind", path, place)]
      if !list.isEmpty {
        commands.append(Shell.command("mount", "-o", "remount,bind," + words.joined(separator: ","), place))
      }
    case .remount(let own):
      let kind = own == nil ? ["remount", "bind"] : ["remount"]
      commands = [Shell.command("mount", "-o", (kind + words).joined(separator: ","), place)]
    }
    for change in changes {
      guard let propagation = change.propagation else { continue }
      commands.append(
        Shell.command("mount", "--make-" + (change.recursive ? "r" : "") + propagation.word, place))
    }
    return commands.joined(separator: " && ")
  }

  /// As `mount -o` takes them: attributes, then the file system's own.
  private var options: [String] {
    var words = attributes.words
    for change in changes {
      // Of access times only what is set has a word: what is cleared beside it is the field itself.
      // A mount(8) before 2.39 takes no notice of the second word: then at least the first holds.
      words += change.set.words.flatMap { change.recursive ? [$0, $0 + "=recursive"] : [$0] }
      words += change.clear.subtracting(.accessTimeField).oppositeWords.flatMap {
        change.recursive ? [$0, $0 + "=recursive"] : [$0]
      }
    }
    switch source {
    case .filesystem(_, _, let own): words += own.filter { !$0.isEmpty }
    case .remount(let own?): words += own.filter { !$0.isEmpty && !words.contains($0) }
    default: break
    }
    return words
  }
}

extension MountAttributes {
  /// What clearing them is called.
  fileprivate var oppositeWords: [String] {
    words.map { word in
      switch word {
      case "ro": "rw"
      case let word where word.hasPrefix("no"): String(word.dropFirst(2))
      default: "no" + word
      }
    }
  }
}
