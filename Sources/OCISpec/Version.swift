public enum OCI { public static let specVersion = "1.3.0" }
