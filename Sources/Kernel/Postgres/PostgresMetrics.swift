import Metrics
import Synchronization

/// The driver's metrics: durations by statement, and connections by state.
final class PostgresMetrics: Sendable {
    private let timers = Mutex<[String: Timer]>([:])
    private let timerLimit: Int
    let active = Meter(label: "database_connections_active")
    let idle = Meter(label: "database_connections_idle")

    /// - Parameter timerLimit: statements beyond this many share the name `other`, so that cardinality is bounded.
    init(timerLimit: Int = 1_000) { self.timerLimit = timerLimit }

    func timer(for statement: String) -> Timer {
        timers.withLock { timers in
            if let timer = timers[statement] { return timer }
            let name = timers.count < timerLimit ? statement : "other"
            if let timer = timers[name] { return timer }
            let timer = Timer(label: "database_query_duration_seconds", dimensions: [("statement", name)])
            timers[name] = timer
            return timer
        }
    }
}
