public import Foundation

/// How the clients of outside services tell time, wait and throw dice; all of it replaceable in tests.
///
/// Every delay, limit and back-off of theirs is multiplied by ``scale``: 1 against the real services, and for example 0.01
/// against a simulator that enforces its limits with the same factor.
public struct OutsideTime: Sendable {
    public let scale: Double
    /// Time since some fixed moment; never goes back.
    public let uptime: @Sendable () -> Duration
    public let sleep: @Sendable (Duration) async throws -> Void
    /// The calendar.
    public let date: @Sendable () -> Date
    /// A number from 0 up to 1, for spreading retries.
    public let random: @Sendable () -> Double

    /// Refuses another scale than 1 unless every base URL is on this machine: it would get us banned.
    public init(
        scale: Double = 1, baseURLs: [String], clock: some Clock<Duration> = ContinuousClock(),
        date: @escaping @Sendable () -> Date = { Date() },
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) throws {
        guard scale.isFinite, scale > 0, scale <= 100 else { throw OutsideTimeError.outOfRange(scale) }
        if scale != 1, let url = baseURLs.first(where: { !Self.isLoopback($0) }) { throw OutsideTimeError.notLoopback(url) }
        self.scale = scale
        let start = clock.now
        uptime = { start.duration(to: clock.now) }
        sleep = { try await clock.sleep(for: $0) }
        self.date = date
        self.random = random
    }

    /// A delay as it is meant for the real services, as it is to be waited here.
    public func scaled(_ duration: Duration) -> Duration { scale == 1 ? duration : duration * scale }

    public func scaled(seconds: Double) -> Duration { .seconds(seconds * scale) }

    /// Whether a URL leads to this machine.
    public static func isLoopback(_ url: String) -> Bool {
        guard let host = URL(string: url)?.host()?.lowercased() else { return false }
        let bare = host.trimmingPrefix("[").prefix { $0 != "]" }
        if bare == "localhost" || bare == "::1" { return true }
        let parts = bare.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}

/// A time scale that is not allowed.
public enum OutsideTimeError: Error, Sendable, Hashable, CustomStringConvertible {
    case outOfRange(Double)
    case notLoopback(String)

    public var description: String {
        switch self {
        case .outOfRange(let scale): "the time scale for outside services must be above 0 and at most 100, not \(scale)"
        case .notLoopback(let url): "the time scale for outside services must be 1 with \(url): only a simulator may be hurried"
        }
    }
}

extension Duration {
    /// In seconds, for calendar arithmetic and messages.
    var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
