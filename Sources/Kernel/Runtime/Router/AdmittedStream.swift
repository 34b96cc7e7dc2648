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
    private let registration = Mutex<(streams: OpenStreams, id: Int, gate: RequestGate?)?>(nil)

    /// - Parameter gate: of the plugin's life, which does not end before its streams have.
    /// - Throws: 429 when the account has as many as it may, 503 when the pod or the plugin's life ends.
    init(
        _ stream: EventStream, in streams: OpenStreams, plugin: PluginName, gate: RequestGate? = nil, reader: Principal?,
        logger: Logger, mayGoOn: @escaping @Sendable () async -> Bool
    ) throws {
        self.stream = stream
        self.logger = logger
        let id = try streams.open(
            .init(plugin: plugin, account: reader?.accountID, mayGoOn: mayGoOn) { [weak self] reason in self?.end(reason) })
        // Opened first: who closes the gate ends the streams that are open then, and later ones do not get in.
        guard gate?.enter() ?? true else {
            streams.close(id)
            throw Problem.pluginUnavailable(plugin)
        }
        registration.withLock { $0 = (streams, id, gate) }
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
        guard let (streams, id, gate) = registration.withLock({ $0.take() }) else { return }
        streams.close(id)
        gate?.leave()
    }

    deinit { close() }
}
