public import KernelAPI
import KernelRuntime
import Synchronization

/// An event stream that a test follows.
public struct TestStream: Sendable {
    private let inbox: Inbox

    /// Collects a stream's events, and lets a test wait for them.
    private final class Inbox: EventSink {
        private struct State {
            var events: [ServerSentEvent] = []
            var isEnded = false
            var reason: String?
            var position: String?
            var waiting: CheckedContinuation<Void, Never>?
        }

        private let state = Mutex(State())

        func send(_ event: ServerSentEvent) async throws {
            try Task.checkCancellation()
            let waiting = try state.withLock { state in
                guard !state.isEnded else { throw CancellationError() }
                state.events.append(event)
                if let id = event.id { state.position = id }
                return state.waiting.take()
            }
            waiting?.resume()
        }

        func advance(to id: String) async { state.withLock { $0.position = id } }

        func end(_ reason: String?) {
            let waiting = state.withLock { state in
                if !state.isEnded { state.reason = reason }
                state.isEnded = true
                return state.waiting.take()
            }
            waiting?.resume()
        }

        func next() async -> ServerSentEvent? {
            while true {
                let (event, isEnded) = state.withLock { state in
                    (state.events.isEmpty ? nil : state.events.removeFirst(), state.isEnded)
                }
                if event != nil || isEnded { return event }
                await withCheckedContinuation { continuation in
                    let isDue = state.withLock { state in
                        if !state.events.isEmpty || state.isEnded { return true }
                        state.waiting = continuation
                        return false
                    }
                    if isDue { continuation.resume() }
                }
            }
        }

        var reason: String? { state.withLock { $0.reason } }
        var position: String? { state.withLock { $0.position } }
    }

    /// Waits for the next event; one test waits at a time.
    ///
    /// - Returns: `nil` when the stream has ended.
    public func next() async -> ServerSentEvent? { await inbox.next() }

    /// Why the server ended it: `feature_disabled`, `right_lost`, `shutting_down`; `nil` while it goes on, and when the route
    /// had no more to say.
    public var endReason: String? { inbox.reason }

    /// What a heartbeat would carry as its id now.
    public var position: String? { inbox.position }

    static func follow<Result: Sendable>(
        _ stream: AdmittedStream?, _ body: @Sendable (TestStream) async throws -> Result
    ) async throws -> Result {
        let inbox = Inbox()
        guard let stream else {
            inbox.end(nil)
            return try await body(TestStream(inbox: inbox))
        }
        defer { stream.close() }
        // Ended by the server, the test or the route itself, and awaited before this returns.
        let running = Task {
            await stream.run(inbox)
            inbox.end(nil)
        }
        stream.onEnd { reason in
            inbox.end(reason.rawValue)
            running.cancel()
        }
        let result: Swift.Result<Result, any Error>
        do { result = .success(try await body(TestStream(inbox: inbox))) } catch { result = .failure(error) }
        running.cancel()
        await running.value
        return try result.get()
    }
}
