import KernelAPI
import KernelPostgres
import Logging
import ServiceLifecycle

/// Hears which queues were pushed to, on any pod, and wakes the workers that rest on them.
struct QueueListener: Service {
    let database: PostgresDatabase
    let subscribers: [QueueName: [WakeSignal]]
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await event in database.listen(PostgresQueue.channel) {
                switch event {
                case .notification(let queue): subscribers[QueueName(rawValue: queue)]?.forEach { $0.signal() }
                // Pushes may have been missed while the connection was away: everybody looks.
                case .reconnected: subscribers.values.joined().forEach { $0.signal() }
                }
            }
        }
    }
}
