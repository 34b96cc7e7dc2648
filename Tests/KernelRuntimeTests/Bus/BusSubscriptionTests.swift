import Foundation
import KernelAPI
import KernelPostgres
import KernelTesting
import Testing

@testable import KernelRuntime

@Suite(.timeLimit(.minutes(10))) struct BusSubscriptionTests {
    @Test("Who comes back gets what it missed, page by page, then what comes: nothing twice, nothing left out")
    func catchUp() async throws {
        try await BusPod.run { pod in
            try await pod.publish(1...1_300)
            try await pod.publish(-5 ... -1, whispered)
            try await pod.settle()
            var follower = try await pod.bus.subscribe(to: [tallied.name], after: 100, capacity: 5_000).makeAsyncIterator()
            // While it catches up, more comes.
            try await pod.publish(1_301...1_400)
            try await pod.settle()
            #expect(try await follower.values(500) == Array(101...600))
            try await pod.publish(1_401...1_500)
            try await pod.settle()
            #expect(try await follower.values(900) == Array(601...1_500))
        }
    }

    @Test("A follower that comes before the pod's first look misses nothing either", arguments: [0, 3])
    func early(after: Int64) async throws {
        try await BusPod.run { pod in
            let other = BusPod(pod.database)
            try await pod.publish(1...6)
            try await other.settle()
            var follower = try await pod.bus.subscribe(to: [tallied.name], after: after, capacity: 100).makeAsyncIterator()
            var newcomer = try await pod.bus.subscribe(to: [tallied.name], after: nil, capacity: 100).makeAsyncIterator()
            try await other.publish(7...9)
            try await other.settle()
            try await pod.settle()
            // Who has missed those gets these in their place.
            try await pod.publish(10...20)
            try await pod.settle()
            #expect(try await follower.values(9 - Int(after)) == Array(Int(after) + 1...9))
            #expect(try await newcomer.values(3) == [7, 8, 9])
        }
    }

    @Test("At any moment, with any history: a follower that begins anywhere sees every later event once", arguments: 1...12)
    func anywhere(seed: UInt64) async throws {
        try await BusPod.run { pod in
            var random = SeededGenerator(seed: seed)
            var published = 0
            func publish() async throws {
                let count = Int.random(in: 0...30, using: &random)
                try await pod.publish(published + 1..<published + 1 + count)
                published += count
                if Bool.random(using: &random) { try await pod.settle() }
            }
            for _ in 0..<5 { try await publish() }
            try await pod.settle()
            let after = Int64.random(in: 0...Int64(published), using: &random)
            var follower = try await pod.bus.subscribe(to: [tallied.name], after: after, capacity: 1_000).makeAsyncIterator()
            var seen: [Int] = []
            for _ in 0..<5 {
                try await publish()
                if seen.count + Int(after) < published, Bool.random(using: &random) {
                    try await pod.settle()
                    seen += try await follower.values(1)
                }
            }
            try await pod.settle()
            seen += try await follower.values(published - Int(after) - seen.count)
            #expect(seen == Array(Int(after) + 1..<published + 1))
        }
    }

    @Test("Asking for what is gone, or has not been, is told at once, and what comes follows", arguments: [Int64(1), 1_000])
    func gone(after: Int64) async throws {
        try await BusPod.run { pod in
            try await pod.publish(1...10)
            try await pod.settle()
            #expect(try await !pod.store.prune(olderThan: .distantPast, keeping: 5, now: pod.wall.now))
            #expect(try await pod.store.bounds().first == 6)
            var follower = try await pod.bus.subscribe(to: [tallied.name], after: after, capacity: 100).makeAsyncIterator()
            #expect(await follower.next() == .resync(next: 11))
            try await pod.publish([11])
            try await pod.settle()
            #expect(try await follower.values(1) == [11])
            // The oldest that is kept can be had.
            var other = try await pod.bus.subscribe(to: [tallied.name], after: 5, capacity: 100).makeAsyncIterator()
            #expect(try await other.values(6) == Array(6...11))
        }
    }

    @Test("Who is too slow is told where it goes on")
    func slow() async throws {
        try await BusPod.run { pod in
            try await pod.settle()
            var follower = try await pod.bus.subscribe(to: [tallied.name], after: nil, capacity: 10).makeAsyncIterator()
            try await pod.publish(1...25)
            try await pod.settle()
            try #require(await follower.next() == .resync(next: 20))
            #expect(try await follower.values(6) == Array(20...25))
        }
    }

    @Test("A subscription that nobody holds any more is forgotten, and all end with the pod")
    func ends() async throws {
        try await BusPod.run { pod in
            do {
                let subscription = try await pod.bus.subscribe(to: [tallied.name], after: nil, capacity: 10)
                #expect(pod.hub.subscriberCount == 1)
                _ = subscription.makeAsyncIterator()
            }
            #expect(pod.hub.subscriberCount == 0)
            let subscription = try await pod.bus.subscribe(to: [tallied.name], after: nil, capacity: 10)
            try await BusPod.running(pod) { try await until { pod.hub.position != nil } }
            var follower = subscription.makeAsyncIterator()
            #expect(await follower.next() == nil)
        }
    }

    @Test("Events are forgotten by age and by number, the oldest first, and never before a living consumer has seen them")
    func prune() async throws {
        try await BusPod.run { pod in
            try await pod.publish(1...10)
            try await pod.settle()
            pod.wall.advance(by: .seconds(3_600))
            try await pod.publish(11...20)
            try await pod.settle()
            let hourOld = pod.wall.now.addingTimeInterval(-1_800)
            // A consumer that has come to 4 and still runs.
            try await pod.database.withSession {
                try await $0.simple(
                    "test.consumer",
                    sql: "INSERT INTO kernel.consumer_position VALUES ('test.slow', 4, '\(pod.wall.now.iso8601)')")
            }
            _ = try await pod.store.prune(olderThan: hourOld, keeping: 1_000, now: pod.wall.now)
            #expect(try await pod.store.bounds().first == 5)
            // One that has not been seen for a week holds back nothing.
            _ = try await pod.store.prune(olderThan: hourOld, keeping: 1_000, now: pod.wall.now.addingTimeInterval(8 * 86_400))
            #expect(try await pod.store.bounds().first == 11)
            _ = try await pod.store.prune(
                olderThan: .distantPast, keeping: 3, now: pod.wall.now.addingTimeInterval(8 * 86_400))
            let bounds = try await pod.store.bounds()
            #expect(bounds.first == 18 && bounds.last == 20)
        }
    }
}
