import KernelAPI
import KernelPostgres
import KernelTesting
import Logging
import Synchronization

@testable import KernelRuntime

/// A logger that says nothing; no test touches LoggingSystem.
let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Collects what happens, in order, and lets a test wait for it.
final class Record<Element: Sendable & Equatable>: Sendable {
    private let state = Mutex<[Element]>([])
    private let stream: AsyncStream<Element>
    private let sink: AsyncStream<Element>.Continuation

    init() { (stream, sink) = AsyncStream.makeStream(of: Element.self, bufferingPolicy: .bufferingNewest(10_000)) }

    var all: [Element] { state.withLock { $0 } }

    func add(_ element: Element) {
        state.withLock { $0.append(element) }
        sink.yield(element)
    }

    /// Waits for the next entry that was not waited for yet; one test waits at a time.
    func next() async -> Element? { await stream.first { _ in true } }
}

/// Time that stands still until a test moves it; who sleeps is woken by that and by cancellation only.
final class TestClock: Clock {
    struct Instant: InstantProtocol {
        var offset: Swift.Duration
        func advanced(by duration: Swift.Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Swift.Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private struct State {
        var now = Instant(offset: .zero)
        var sleepers: [Int: (until: Instant, wake: AsyncStream<Void>.Continuation)] = [:]
        var count = 0
    }

    private let state = Mutex(State())
    /// The length of every pause, when it begins.
    let pauses = Record<Duration>()

    var now: Instant { state.withLock { $0.now } }
    var minimumResolution: Duration { .zero }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let (waking, wake) = AsyncStream.makeStream(of: Void.self)
        let (id, pause) = state.withLock { state in
            state.count += 1
            state.sleepers[state.count] = (deadline, wake)
            return (state.count, state.now.duration(to: deadline))
        }
        pauses.add(pause)
        for await _ in waking {}
        state.withLock { _ = $0.sleepers.removeValue(forKey: id) }
        try Task.checkCancellation()
    }

    func advance(by duration: Duration) {
        let due = state.withLock { state in
            state.now = state.now.advanced(by: duration)
            return state.sleepers.values.filter { $0.until <= state.now }.map(\.wake)
        }
        for sleeper in due { sleeper.finish() }
    }
}

/// A database of its own with the kernel's tables, closed when `body` ends.
func kernelDatabase(_ body: @Sendable (PostgresDatabase, _ url: String) async throws -> Void) async throws {
    let url = try await PostgresFixture.shared.database(template: "kernel") { url in
        try await withDatabase(url) { _ = try await Migrator(groups: [], logger: silent).migrate($0) }
    }
    try await withDatabase(url) { try await body($0, url) }
}

func withDatabase(_ url: String, _ body: @Sendable (PostgresDatabase) async throws -> Void) async throws {
    var configuration = try PostgresConfiguration(url: url)
    configuration.poolWaitDeadline = .seconds(60)
    configuration.connectDeadline = .seconds(60)
    let database = PostgresDatabase(configuration: configuration, logger: silent)
    do {
        try await body(database)
    } catch {
        await database.close()
        throw error
    }
    await database.close()
}

func databaseName(_ url: String) -> String { String(url.dropFirst("postgres:///".count).prefix { $0 != "?" }) }
