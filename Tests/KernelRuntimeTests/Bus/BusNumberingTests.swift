import KernelAPI
import KernelPostgres
import KernelTesting
import Testing

@testable import KernelRuntime

@Suite(.timeLimit(.minutes(10))) struct BusNumberingTests {
    private struct Undone: Error {}

    @Test("Numbers follow the order of publishing and have no gap; what is rolled back takes none")
    func numbers() async throws {
        try await BusPod.run { pod in
            try await pod.publish(1...3)
            await #expect(throws: Undone.self) {
                try await pod.database.transaction("test.undone") {
                    try await pod.bus.publish(tallied, [Tally(value: 99)], in: $0)
                    throw Undone()
                }
            }
            try await pod.publish(4...5, whispered)
            try await pod.settle()
            try await pod.publish([6])
            try await pod.settle()
            let numbered = try await pod.numbered()
            #expect(numbered.map(\.number) == [1, 2, 3, 4, 5, 6])
            #expect(numbered.map(\.value) == [1, 2, 3, 4, 5, 6])
        }
    }

    @Test("A transaction that commits late is not skipped: its events get later numbers, though they were written first")
    func lateCommit() async throws {
        try await BusPod.run { pod in
            try await pod.settle()
            var follower = try await pod.bus.subscribe(to: [tallied.name], after: nil, capacity: 10).makeAsyncIterator()
            let (written, mayCommit) = (Door(), Door())
            async let slow: Void = pod.database.transaction("test.slow") {
                try await pod.bus.publish(tallied, [Tally(value: 1)], in: $0)
                written.open()
                await mayCommit.pass()
            }
            await written.pass()
            try await pod.publish([2])
            try await pod.settle()
            #expect(try await follower.values(1) == [2])
            mayCommit.open()
            try await slow
            try await pod.settle()
            #expect(try await follower.values(1) == [1])
            let numbered = try await pod.numbered()
            #expect(numbered.map(\.value) == [2, 1] && numbered.map(\.number) == [1, 2])
            var later = try await pod.bus.subscribe(to: [tallied.name], after: 1, capacity: 10).makeAsyncIterator()
            #expect(try await later.values(1) == [1])
        }
    }

    @Test("Two pods number at once, whatever the transactions do: 1, 2, 3..., each event once, and both hear the same")
    func concurrent() async throws {
        try await kernelDatabase { database, url in
            try await withDatabase(url) { other in
                let pods = [BusPod(database), BusPod(other)]
                for pod in pods { try await pod.settle() }
                var followers: [BusSubscription.AsyncIterator] = []
                for pod in pods {
                    let subscription = try await pod.bus.subscribe(to: [tallied.name], after: nil, capacity: 10_000)
                    followers.append(subscription.makeAsyncIterator())
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for publisher in 0..<6 {
                        group.addTask { try await publishAtRandom(publisher, pods[publisher % 2]) }
                    }
                    for pod in pods {
                        group.addTask { for _ in 0..<120 { _ = try await pod.pump.step() } }
                    }
                    try await group.waitForAll()
                }
                for pod in pods { try await pod.settle() }
                let numbered = try await pods[0].numbered()
                #expect(numbered.map(\.number) == (1...Int64(numbered.count)).map { $0 })
                #expect(numbered.count > 100 && Set(numbered.map(\.value)).count == numbered.count)
                #expect(!numbered.contains { $0.value % 1_000 == 999 }, "an event of a transaction that was rolled back")
                // What one transaction after the other published comes in that order.
                for publisher in 0..<6 {
                    let own = numbered.map(\.value).filter { $0 / 100_000 == publisher }
                    #expect(own == own.sorted())
                }
                for index in followers.indices {
                    #expect(try await followers[index].values(numbered.count) == numbered.map(\.value))
                }
            }
        }
    }

    /// 20 transactions of up to 5 events, every fifth rolled back. A value is publisher, transaction and place.
    private func publishAtRandom(_ publisher: Int, _ pod: BusPod) async throws {
        var random = SeededGenerator(seed: UInt64(publisher))
        for transaction in 1...20 {
            let count = Int.random(in: 1...5, using: &random)
            let isUndone = transaction % 5 == 0
            let values = (0..<count).map { publisher * 100_000 + transaction * 1_000 + (isUndone ? 999 : $0) }
            do {
                try await pod.database.transaction("test.random") {
                    try await pod.bus.publish(tallied, values.map { Tally(value: $0) }, in: $0)
                    if isUndone { throw Undone() }
                }
            } catch is Undone {}
        }
    }

    @Test("An event that is too large is refused, and nothing is written")
    func tooLarge() async throws {
        struct Long: TopicPayload {
            let bytes: Int
            init(bytes: Int) { self.bytes = bytes }
            init(encoded: [UInt8]) { bytes = encoded.count }
            func encoded() -> [UInt8] { Array(repeating: 65, count: bytes) }
        }
        let topic = Topic<Long>("test.long")
        try await BusPod.run { pod in
            await #expect(throws: BusError.self) {
                try await pod.database.transaction("test.long") {
                    try await pod.bus.publish(topic, [Long(bytes: 10), Long(bytes: BusStore.largestPayload + 1)], in: $0)
                }
            }
            try await pod.database.transaction("test.long") {
                try await pod.bus.publish(topic, [Long(bytes: BusStore.largestPayload)], in: $0)
            }
            try await pod.settle()
            #expect(try await pod.store.bounds().last == 1)
        }
    }

    @Test("A pod hears what another published, by NOTIFY when there is no Redis; no timer is needed")
    func byNotify() async throws {
        try await kernelDatabase { database, url in
            try await withDatabase(url) { try await hear(BusPod(database), BusPod($0)) }
        }
    }

    @Test("With Redis, pods hear of each other by Redis alone")
    func byRedis() async throws {
        let server = try await PrivateRedis.start()
        try await kernelDatabase { database, url in
            try await withDatabase(url) { other in
                try await RedisFixture.withClient(of: server.url()) { redis in
                    try await RedisFixture.withClient(of: server.url()) { otherRedis in
                        try await hear(BusPod(database, redis: redis), BusPod(other, redis: otherRedis))
                    }
                }
            }
        }
    }

    private func hear(_ pod: BusPod, _ other: BusPod) async throws {
        try await BusPod.running(pod, other) {
            try await until { pod.hub.position != nil && other.hub.position != nil }
            var follower = try await other.bus.subscribe(to: [tallied.name], after: nil, capacity: 10).makeAsyncIterator()
            for value in 1...20 {
                try await pod.publish([value])
                #expect(try await follower.values(1) == [value])
            }
        }
    }
}
