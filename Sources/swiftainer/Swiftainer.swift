import ArgumentParser
@main struct Swiftainer: ParsableCommand {}
