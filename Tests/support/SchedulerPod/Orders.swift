import Foundation
import KernelAPI
import KernelPostgres
import KernelTesting
import Synchronization

/// What a test orders its pods through the database: the time of day, and the stages at which runs wait.
final class Orders: Sendable {
    private struct State {
        var held: Set<String> = []
        var waiting: [(stage: String, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let pod: String
    private let database: PostgresDatabase
    private let clock: ManualClock
    private let state = Mutex(State())

    init(pod: String, database: PostgresDatabase, clock: ManualClock) {
        self.pod = pod
        self.database = database
        self.clock = clock
    }

    func read() async throws {
        let rows = try await database.pipeline([BoundStatement(Self.time), BoundStatement(Self.holds, pod)])
        let held = Set(try rows[1].map { try $0.decode(0, as: String.self) })
        let free = state.withLock { state in
            state.held = held
            let free = state.waiting.filter { !held.contains($0.stage) }
            state.waiting.removeAll { !held.contains($0.stage) }
            return free
        }
        for run in free { run.continuation.resume() }
        // Last: a run of a new tick must find where to wait.
        clock.set(try rows[0].scalar())
    }

    /// Reads the orders whenever they change.
    func follow(_ change: @Sendable () -> Void) async throws {
        for await _ in database.listen("test_orders") {
            try await read()
            change()
        }
    }

    /// Waits while runs are to wait at this stage; cancellation changes nothing.
    func wait(at stage: String) async {
        await withCheckedContinuation { continuation in
            let isHeld = state.withLock { state in
                guard state.held.contains(stage) else { return false }
                state.waiting.append((stage, continuation))
                return true
            }
            if !isHeld { continuation.resume() }
        }
    }

    private static let time = Statement("test.select_time", "SELECT now FROM test.time")
    private static let holds = Statement("test.select_holds", "SELECT stage FROM test.hold WHERE pod = $1")
}
