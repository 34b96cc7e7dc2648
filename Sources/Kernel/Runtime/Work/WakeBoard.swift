import KernelAPI
import Synchronization

/// Who wants to be woken by pushes to which queue; workers come and go with the plugins that they belong to.
final class WakeBoard: Sendable {
    private struct Sleeper {
        let signal: WakeSignal
        let queues: [QueueName]
    }

    private let sleepers = Mutex<[Sleeper]>([])

    func add(_ signal: WakeSignal, for queues: [QueueName]) {
        guard !queues.isEmpty else { return }
        sleepers.withLock { $0.append(Sleeper(signal: signal, queues: queues)) }
    }

    func remove(_ signal: WakeSignal) {
        sleepers.withLock { sleepers in sleepers.removeAll { $0.signal === signal } }
    }

    func wake(_ queue: QueueName) {
        for sleeper in sleepers.withLock({ $0 }) where sleeper.queues.contains(queue) { sleeper.signal.signal() }
    }

    func wakeAll() {
        for sleeper in sleepers.withLock({ $0 }) { sleeper.signal.signal() }
    }
}
