import NIOCore

/// What one client can hold on to, and for how long.
struct ConnectionLimits: Sendable {
    /// More wait in the system's backlog until one ends.
    var connections = 10_000
    var headerBytes = 32 * 1024
    var headerCount = 100
    /// Between two requests; also how long a request's head may take to arrive.
    var idle = TimeAmount.seconds(60)
    /// How long a request's body may take.
    var body = TimeAmount.seconds(30)
    /// How long an answer may take once the request is complete.
    var handler = TimeAmount.seconds(30)
    /// A client that takes nothing of what is sent for so long has stalled.
    var stall = TimeAmount.seconds(20)
    /// After the last answer: for the client to hang up by itself, so that it gets to read that answer.
    var linger = TimeAmount.seconds(2)
    /// Between two heartbeats of a stream.
    var heartbeat = TimeAmount.seconds(15)
    /// What a stream's socket holds for a client that reads slowly; more waits in the sender.
    var streamBufferBytes = 64 * 1024

    /// How often deadlines are looked at: often enough for the shortest.
    var tick: TimeAmount {
        min(.seconds(5), [idle, body, handler, stall, linger, heartbeat].min() ?? .seconds(5))
    }
}
