import EVE
import KernelAPI

/// `/admin/stats/clusterer`: how the clusterer does.
struct ClustererRoutes {
    let host: PluginHost

    var routes: [Route] {
        let (database, clock) = (host.database, host.clock)
        let queue = host.queue(QueueName(rawValue: StoredKillmails.queue))
        return [
            .get(
                "/admin/stats/clusterer", "What the clusterer did in the last day, and what waits for it",
                policy: .feature("battle-reports", .director)
            ) { (_: NoInput, _) in
                try await ClustererStats.load(now: clock.now, queue: queue, in: database)
            }
        ]
    }
}
