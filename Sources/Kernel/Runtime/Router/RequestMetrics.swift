import HTTPTypes
import Metrics
import Synchronization

/// Counts and times requests by method, route and status. Routes are templates, so the number of series is bounded.
final class RequestMetrics: Sendable {
    private struct Key: Hashable {
        let method: String
        let route: String
        let status: Int
    }

    private struct Series {
        let requests: Counter
        let duration: Timer
    }

    private let series = Mutex<[Key: Series]>([:])

    func record(_ method: HTTPRequest.Method, route: String, status: HTTPResponse.Status, took duration: Duration) {
        // Clients can make methods up.
        let known: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]
        let key = Key(method: known.contains(method) ? method.rawValue : "other", route: route, status: status.code)
        let series = series.withLock { all in
            if let found = all[key] { return found }
            let made = Self.make(key)
            all[key] = made
            return made
        }
        series.requests.increment()
        series.duration.recordNanoseconds(
            duration.components.seconds * 1_000_000_000 + duration.components.attoseconds / 1_000_000_000)
    }

    private static func make(_ key: Key) -> Series {
        let route = [("method", key.method), ("route", key.route)]
        return Series(
            requests: Counter(label: "http_requests_total", dimensions: route + [("status", String(key.status))]),
            duration: Timer(label: "http_request_duration_seconds", dimensions: route))
    }
}
