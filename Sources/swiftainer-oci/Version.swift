import OCISpec
import Runtime

enum Version {
  static var text: String {
    """
    swiftainer-oci version \(RuntimeVersion.number)
    commit: \(RuntimeVersion.commit)
    spec: \(OCI.specVersion)
    libseccomp: \(SeccompFilter.libraryVersion)
    """
  }
}
