import NIOCore

/// What a keeper of a connection does next. Decides only: no I/O, no clock, no dice.
struct KeeperState<Connection> {
    private enum Phase {
        case idle
        case connecting
        case connected(Connection, since: NIODeadline)
        case pausing
        case stopped
    }

    enum Action {
        case nothing
        case connect
        /// Tell everybody that there is a connection.
        case announce(Connection)
        /// Connect again after this pause.
        case pause(TimeAmount)
        case close(Connection)
    }

    private let firstPause: TimeAmount
    private let longestPause: TimeAmount
    private var nextPause: TimeAmount
    private var phase = Phase.idle

    init(firstPause: TimeAmount, longestPause: TimeAmount) {
        self.firstPause = firstPause
        self.longestPause = longestPause
        nextPause = firstPause
    }

    var isStopped: Bool { if case .stopped = phase { true } else { false } }

    mutating func start() -> Action {
        guard case .idle = phase else { return .nothing }
        phase = .connecting
        return .connect
    }

    mutating func connected(_ connection: Connection, now: NIODeadline) -> Action {
        guard case .connecting = phase else { return .close(connection) }
        phase = .connected(connection, since: now)
        return .announce(connection)
    }

    /// - Parameter dice: from 0 to 1; makes many clients that lost the same server come back at different times.
    mutating func failed(dice: Double) -> Action {
        guard case .connecting = phase else { return .nothing }
        return pause(dice)
    }

    mutating func lost(now: NIODeadline, dice: Double) -> Action {
        guard case .connected(_, let since) = phase else { return .nothing }
        // A server that accepts and hangs up again and again is not back yet.
        if now - since >= longestPause { nextPause = firstPause }
        return pause(dice)
    }

    mutating func pauseOver() -> Action {
        guard case .pausing = phase else { return .nothing }
        phase = .connecting
        return .connect
    }

    /// A connection that is just being made is closed when it is there.
    mutating func stop() -> Action {
        defer { phase = .stopped }
        return if case .connected(let connection, _) = phase { .close(connection) } else { .nothing }
    }

    /// Between half and the whole of a time that doubles.
    private mutating func pause(_ dice: Double) -> Action {
        phase = .pausing
        let whole = nextPause
        nextPause = min(TimeAmount.nanoseconds(whole.nanoseconds * 2), longestPause)
        return .pause(.nanoseconds(Int64(Double(whole.nanoseconds) * (0.5 + dice.clamped / 2))))
    }
}

extension Double {
    fileprivate var clamped: Double { Swift.min(Swift.max(self, 0), 1) }
}
