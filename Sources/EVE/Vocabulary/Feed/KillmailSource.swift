/// Where the whole of a killmail is had when only its key is known: ESI.
public protocol KillmailSource: Sendable {
    /// Throws an ``OutsideFailure`` that tells whether trying again can help.
    func killmail(_ id: KillmailID, hash: String) async throws -> Killmail

    /// Factor on the pauses that the caller makes before asking again: 1, unless it is a simulator that is asked.
    var pauseFactor: Double { get }
}

extension KillmailSource {
    public var pauseFactor: Double { 1 }
}

/// An error of an outside service, seen by its caller.
public protocol OutsideFailure: Error, Sendable, CustomStringConvertible {
    /// Asking again will get the same answer: the killmail does not exist, or cannot be read.
    var isPermanent: Bool { get }
    /// When asking again makes sense; `nil` leaves it to the caller.
    var retryAfter: Duration? { get }
    /// A stable code for rows and metrics.
    var code: String { get }
}
