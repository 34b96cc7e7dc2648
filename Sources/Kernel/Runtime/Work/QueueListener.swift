import KernelAPI
import KernelPostgres
import Logging
import ServiceLifecycle

/// Hears which queues were pushed to, on any pod, and wakes the workers that rest on them.
struct QueueListener: Service {
    let database: PostgresDatabase
    let board: WakeBoard
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await event in database.listen(PostgresQueue.channel) {
                switch event {
                case .notification(let queue): board.wake(QueueName(rawValue: queue))
                // Pushes may have been missed while the connection was away: everybody looks.
                case .reconnected: board.wakeAll()
                }
            }
        }
    }
}
