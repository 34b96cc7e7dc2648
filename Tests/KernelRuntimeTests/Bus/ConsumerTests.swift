import Foundation
import KernelAPI
import KernelPostgres
import KernelTesting
import Synchronization
import Testing

@testable import KernelRuntime

/// Notes each event in a table; fails when told so, after it has written.
private final class Noting: EventConsumer {
    struct Refused: Error {}

    let name: String
    let topics: Set<TopicName> = [tallied.name]
    let failures: Mutex<Int>
    /// Waited for in each step, when there is one.
    let door: Door?
    let begun = Record<Int>()

    init(_ name: String = "noting", failures: Int = 0, door: Door? = nil) {
        self.name = name
        self.failures = Mutex(failures)
        self.door = door
    }

    func consume(_ events: [BusEvent], in transaction: any Transaction) async throws {
        begun.add(events.count)
        for event in events {
            try await transaction.query(Self.insert, name, event.number, try Tally(encoded: event.payload).value)
        }
        if let door { await door.pass() }
        let fails = failures.withLock { failures in
            defer { failures = max(0, failures - 1) }
            return failures > 0
        }
        if fails { throw Refused() }
    }

    private static let insert = Statement("test.note", "INSERT INTO test.note (consumer, number, value) VALUES ($1, $2, $3)")
}

@Suite(.timeLimit(.minutes(10))) struct ConsumerTests {
    private func run(_ body: @Sendable (BusPod) async throws -> Void) async throws {
        try await BusPod.run { pod in
            try await pod.database.withSession {
                try await $0.simple(
                    "test.prepare",
                    sql: """
                        CREATE SCHEMA test;
                        CREATE TABLE test.note (place bigserial, consumer text, number bigint, value bigint);
                        """)
            }
            try await body(pod)
        }
    }

    private func notes(_ pod: BusPod, of consumer: String = "noting") async throws -> [Int] {
        try await pod.database.query(Self.selectNotes, consumer).map { try $0.decode(0) }
    }

    private static let selectNotes = Statement(
        "test.list_notes", "SELECT value FROM test.note WHERE consumer = $1 ORDER BY place")

    @Test("A new consumer begins with what comes, goes in batches, and passes over topics that are not its own")
    func begins() async throws {
        try await run { pod in
            try await pod.publish(1...3)
            try await pod.settle()
            let consumption = pod.consumption(Noting())
            #expect(try await consumption.step() == .consumed)
            #expect(try await consumption.step() == .nothing)
            try await pod.publish(-300 ... -1, whispered)
            try await pod.publish(1...500)
            try await pod.settle()
            #expect(try await [consumption.step(), consumption.step(), consumption.step()] == [.consumed, .consumed, .consumed])
            #expect(try await consumption.step() == .nothing)
            #expect(try await notes(pod) == Array(1...500))
        }
    }

    @Test("What fails is rolled back and comes again, whole and in order")
    func fails() async throws {
        try await run { pod in
            try await pod.settle()
            let consumption = pod.consumption(Noting(failures: 2))
            _ = try await consumption.step()
            try await pod.publish(1...10)
            try await pod.settle()
            for _ in 0..<2 { await #expect(throws: Noting.Refused.self) { try await consumption.step() } }
            #expect(try await notes(pod) == [])
            try await pod.publish(11...12)
            try await pod.settle()
            #expect(try await consumption.step() == .consumed)
            #expect(try await notes(pod) == Array(1...12))
        }
    }

    @Test("While one pod is at it the other lets it, and takes over where it ended")
    func oneAtATime() async throws {
        try await run { pod in
            try await pod.settle()
            let door = Door()
            let (first, second) = (Noting(door: door), Noting())
            _ = try await pod.consumption(second).step()
            try await pod.publish(1...3)
            try await pod.settle()
            async let slow = pod.consumption(first).step()
            #expect(await first.begun.next() == 3)
            #expect(try await pod.consumption(second).step() == .busy)
            door.open()
            #expect(try await slow == .consumed)
            #expect(try await pod.consumption(second).step() == .nothing)
            try await pod.publish([4])
            try await pod.settle()
            #expect(try await pod.consumption(second).step() == .consumed)
            #expect(try await notes(pod) == [1, 2, 3, 4])
        }
    }

    @Test("Two pods, 2,000 events, every tenth step fails: each event's effect once, in order")
    func exactlyOnce() async throws {
        try await run { pod in
            let pods = [pod, BusPod(pod.database)]
            for pod in pods { try await pod.settle() }
            _ = try await pod.consumption(Noting()).step()
            let lives = pods.map { ConsumerLife($0.consumption(Noting(failures: 3)), hub: $0.hub) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for life in lives { group.addTask { await life.run() } }
                for pod in pods { group.addTask { try await pod.pump.run() } }
                for start in stride(from: 1, to: 2_000, by: 50) { try await pod.publish(start..<start + 50) }
                try await until { try await notes(pod).count >= 2_000 }
                for life in lives { life.finish() }
                for life in lives { await life.ended.wait() }
                group.cancelAll()
            }
            #expect(try await notes(pod) == Array(1...2_000))
        }
    }

    @Test("A life that is to end finishes its step; one that is cancelled undoes it", arguments: [true, false])
    func lifeEnds(isPolite: Bool) async throws {
        try await run { pod in
            try await pod.settle()
            let door = Door()
            let consumer = Noting(door: door)
            _ = try await pod.consumption(consumer).step()
            try await pod.publish(1...3)
            try await pod.settle()
            let life = ConsumerLife(pod.consumption(consumer), hub: pod.hub, clock: pod.clock)
            let running = Task { await life.run() }
            #expect(await consumer.begun.next() == 3)
            if isPolite { life.finish() } else { life.cancel() }
            door.open()
            await life.ended.wait()
            await running.value
            #expect(try await notes(pod) == (isPolite ? [1, 2, 3] : []))
        }
    }
}
