import HTTPTypes
package import KernelAPI
import Logging
import Synchronization

/// An event stream whose reader was let in: it counts as open from here until ``close()``.
package final class AdmittedStream: Sendable {
    private enum State {
        case waiting
        case running(@Sendable (OpenStreams.End) -> Void)
        case ended(OpenStreams.End)
        case closed
    }

    private let stream: EventStream
    private let logger: Logger
    private let state = Mutex(State.waiting)
    private let registration = Mutex<(streams: OpenStreams, id: Int)?>(nil)

    /// - Throws: 429 when the account has as many as it may, 503 when the pod stops.
    init(
        _ stream: EventStream, in streams: OpenStreams, plugin: PluginName, reader: Principal?, logger: Logger,
        mayGoOn: @escaping @Sendable () async -> Bool
    ) throws {
        self.stream = stream
        self.logger = logger
        let id = try streams.open(
            .init(plugin: plugin, account: reader?.accountID, mayGoOn: mayGoOn) { [weak self] reason in self?.end(reason) })
        registration.withLock { $0 = (streams, id) }
    }

    /// Says whom to tell when the stream is to end; at once when that has happened already.
    package func onEnd(_ tell: @escaping @Sendable (OpenStreams.End) -> Void) {
        let ended: OpenStreams.End? = state.withLock { state in
            switch state {
            case .waiting:
                state = .running(tell)
                return nil
            case .ended(let reason): return reason
            case .running, .closed: return nil
            }
        }
        if let ended { tell(ended) }
    }

    private func end(_ reason: OpenStreams.End) {
        let tell: (@Sendable (OpenStreams.End) -> Void)? = state.withLock { state in
            switch state {
            case .waiting:
                state = .ended(reason)
                return nil
            case .running(let tell):
                state = .ended(reason)
                return tell
            case .ended, .closed: return nil
            }
        }
        tell?(reason)
    }

    /// Sends events until the plugin has no more or the task is cancelled.
    package func run(_ sink: any EventSink) async {
        do {
            try await stream.run(sink)
        } catch is CancellationError {
            logger.debug("stream ended")
        } catch let problem as Problem where problem.status.kind != .serverError {
            logger.debug("stream ended", metadata: ["error": "\(problem.code)"])
        } catch {
            logger.error("stream failed", metadata: ["error": "\(error)"])
        }
    }

    /// Its reader did not read.
    func countDropped() { registration.withLock { $0?.streams }?.countDropped() }

    /// It counts no more. Can be called again.
    package func close() {
        state.withLock { $0 = .closed }
        if let (streams, id) = registration.withLock({ $0.take() }) { streams.close(id) }
    }

    deinit { close() }
}
