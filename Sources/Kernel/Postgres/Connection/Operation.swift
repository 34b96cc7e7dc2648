import KernelAPI
import Metrics

/// A request under way on a connection.
struct Operation {
    /// Who gets the outcome: a suspended task, or a callback on the loop.
    enum Waiter: Sendable {
        case task(CheckedContinuation<[Rows], any Error>)
        case callback(@Sendable (Result<[Rows], any Error>) -> Void)

        func resume(with outcome: Result<[Rows], any Error>) {
            switch self {
            case .task(let continuation): continuation.resume(with: outcome)
            case .callback(let callback): callback(outcome)
            }
        }
    }

    enum CancelReason {
        case task
        case deadline
    }

    enum Cancellation {
        case none
        /// The cancel request is on its way, on a thread of its own.
        case sending(CancelReason)
        /// The server has taken the cancel request.
        case sent(CancelReason)

        var reason: CancelReason? {
            switch self {
            case .none: nil
            case .sending(let reason), .sent(let reason): reason
            }
        }
    }

    let identifier: UInt64
    let request: Request
    let waiter: Waiter
    let timer: Timer
    let startedAt: UInt64
    var exchange: Exchange
    var feed: CopyFeed?
    var isFeeding = false
    var cancellation = Cancellation.none
    /// The answer, kept back until the cancel request cannot hit the connection's next statement any more.
    var outcome: Result<[Rows], any Error>?

    var name: String { request.name }

    /// What the caller gets when the server has answered everything.
    func completeOutcome() -> Result<[Rows], any Error> {
        guard let failure = exchange.failure else { return .success(exchange.rows) }
        guard failure.sqlState == "57014", let reason = cancellation.reason else { return .failure(failure) }
        return .failure(Self.cancelled(reason, name: name))
    }

    /// What the caller gets when the connection was lost first.
    func lostOutcome(_ reason: String) -> Result<[Rows], any Error> {
        if let failure = exchange.failure, failure.code == .server { return .failure(failure) }
        let sqlState = exchange.failure?.sqlState
        if request.mayHaveCommitted {
            let message = "the connection was lost before the server confirmed: \(reason)"
            return .failure(DatabaseError(.commitUnknown, message, sqlState: sqlState, statement: name))
        }
        if let reason = cancellation.reason { return .failure(Self.cancelled(reason, name: name)) }
        let message = exchange.failure.map { sqlState == nil ? reason : $0.message } ?? reason
        return .failure(DatabaseError(.unavailable, message, sqlState: sqlState, statement: name))
    }

    private static func cancelled(_ reason: CancelReason, name: String) -> any Error {
        switch reason {
        case .task: CancellationError()
        case .deadline: DatabaseError(.timeout, "the statement's deadline has passed", sqlState: "57014", statement: name)
        }
    }
}

/// The rows of a COPY and how far they have been sent.
struct CopyFeed {
    static let chunkSize = 65_536
    /// As the caller built them: copying megabytes would keep the caller's thread busy.
    private let bytes: [UInt8]
    private var position = 0
    private(set) var isDone = false

    init(_ rows: CopyRows) { bytes = rows.bytes }

    /// Hands the next chunk over, the trailer after the last; it counts as sent when `send` returns true.
    mutating func sendChunk(_ send: (UnsafeRawBufferPointer) -> Bool) -> Bool {
        guard position < bytes.count else {
            isDone = true
            return CopyRows.trailer.withUnsafeBytes(send)
        }
        let end = min(position + Self.chunkSize, bytes.count)
        guard bytes.withUnsafeBytes({ send(UnsafeRawBufferPointer(rebasing: $0[position..<end])) }) else { return false }
        position = end
        return true
    }
}
