public import struct Foundation.Date

/// The time of day as a parameter, so that tests decide what time it is.
public protocol WallClock: Sendable {
    var now: Date { get }
}

/// The machine's clock.
public struct SystemClock: WallClock {
    public init() {}
    public var now: Date { Date() }
}
