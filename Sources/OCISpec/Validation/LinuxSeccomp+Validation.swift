extension LinuxSeccomp {
  func validate(at path: String) throws(SpecError) {}
}
