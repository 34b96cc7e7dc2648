import Metrics
import Synchronization

/// The client's metrics: durations by command, failures by code, and whether there is a connection.
final class RedisMetrics: Sendable {
    private let timers = Mutex<[String: Timer]>([:])
    private let timerLimit: Int
    private let failures: [RedisError.Code: Counter]
    /// 1 while the command connection is ready.
    let connected = Gauge(label: "redis_connected")
    /// Command connections made: the first one and every reconnect.
    let connections = Counter(label: "redis_connections_total")
    let inFlight = Gauge(label: "redis_commands_in_flight")
    /// Messages that a subscription dropped because its consumer was slower than its buffer.
    let dropped = Counter(label: "redis_subscription_dropped_total")

    /// - Parameter timerLimit: commands beyond this many share the name `other`, so that cardinality is bounded.
    init(timerLimit: Int = 100) {
        self.timerLimit = timerLimit
        failures = Dictionary(
            uniqueKeysWithValues: RedisError.Code.allCases.map { code in
                (code, Counter(label: "redis_command_failures_total", dimensions: [("code", code.rawValue)]))
            })
    }

    func timer(for command: String) -> Timer {
        timers.withLock { timers in
            if let timer = timers[command] { return timer }
            let name = timers.count < timerLimit ? command : "other"
            if let timer = timers[name] { return timer }
            let timer = Timer(label: "redis_command_duration_seconds", dimensions: [("command", name)])
            timers[name] = timer
            return timer
        }
    }

    func count(_ failure: RedisError) { failures[failure.code]?.increment() }
}
