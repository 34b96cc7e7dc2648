import KernelAPI
import KernelRedis
import KernelTesting
import Synchronization
import Testing

@testable import KernelRuntime

@Suite(.timeLimit(.minutes(10))) struct CacheTests {
    /// What every cache keeps to, wherever its values are.
    private func contract(_ values: CacheValues, _ prefix: String) async {
        let plugin = PluginName(rawValue: prefix.filter { $0 != ":" })
        let (own, other) = (PluginCache(plugin: plugin, values: values), PluginCache(plugin: "stranger", values: values))
        let (key, second) = (CacheKey(prefix + "a"), CacheKey(prefix + "b"))
        #expect(await own.value(key) == nil)
        await own.set(key, to: [0, 13, 10, 255], for: .seconds(60))
        await own.set(second, to: [], for: .seconds(60))
        #expect(await own.value(key) == [0, 13, 10, 255])
        #expect(await own.value(second) == [])
        #expect(await other.value(key) == nil, "another plugin's")
        await own.set(key, to: [2], for: .seconds(60))
        #expect(await own.value(key) == [2])
        await own.remove([key, second])
        await own.remove([])
        #expect(await own.value(key) == nil)
        #expect(await own.value(second) == nil)
        await own.set(key, to: [1], for: .zero)
        #expect(await own.value(key) == nil)
        await own.set(key, to: Array(repeating: 1, count: CacheValues.largestValue + 1), for: .seconds(60))
        #expect(await own.value(key) == nil, "longer than any value may be")
    }

    @Test("In Redis: shared by pods, gone after its time")
    func inRedis() async throws {
        try await RedisFixture.withClient { redis, prefix in
            let values = CacheValues(redis: redis)
            await contract(values, prefix)
            await values.set(prefix + "c", to: [3], for: .seconds(60))
            #expect(await CacheValues(redis: redis).value(prefix + "c", of: "test") == [3])
            let left = try await redis.send(RedisCommand("PTTL", .text(prefix + "c"))).integer()
            #expect((1...60_000).contains(left))
        }
    }

    @Test("In memory: gone after its time, and bounded; what is asked for stays longest")
    func inMemory() async throws {
        let time = Mutex(ContinuousClock.now)
        let local = LocalCache(mostBytes: 10_000) { time.withLock { $0 } }
        await contract(CacheValues(redis: nil, local: LocalCache()), "memory:")
        local.set("short", to: [1], for: .seconds(10))
        time.withLock { $0 += .seconds(10) }
        #expect(local.value("short") == nil)
        local.set("asked", to: [1], for: .seconds(10))
        for number in 0..<1_000 {
            local.set("\(number)", to: Array(repeating: 1, count: 100), for: .seconds(10))
            #expect(local.value("asked") == [1])
        }
        let kept = (0..<1_000).count { local.value("\($0)") != nil }
        #expect((10...60).contains(kept))
    }

    @Test("Redis that is away is a cache without values, and rate limits are counted here")
    func redisAway() async throws {
        let server = try await PrivateRedis.start()
        try await RedisFixture.withClient(of: server.url()) { redis in
            let (values, limiter) = (CacheValues(redis: redis), RedisRateLimiter(redis: redis))
            let limit = RateLimit(burst: 2, perSecond: 0.001)
            await values.set("a", to: [1], for: .seconds(60))
            #expect(await values.value("a", of: "test") == [1])
            #expect(await limiter.take("who", limit).isAllowed)
            try await server.kill()
            #expect(await values.value("a", of: "test") == nil)
            await values.set("a", to: [2], for: .seconds(60))
            await values.remove(["a"])
            // A full bucket of this process's own: who asks is let in rather than out.
            #expect(
                await [limiter.take("who", limit), limiter.take("who", limit), limiter.take("who", limit)].map(\.isAllowed) == [
                    true, true, false,
                ])
            try await server.startAgain()
            try await redis.waitUntilConnected()
            #expect(await limiter.take("who", limit).isAllowed)
        }
    }

    @Test("Pods that share Redis share their limits; a bucket is forgotten when it would be full again")
    func sharedLimits() async throws {
        try await RedisFixture.withClient { redis, prefix in
            try await RedisFixture.withClient(of: try await RedisFixture.shared.url()) { other in
                let pods = [RedisRateLimiter(redis: redis), RedisRateLimiter(redis: other)]
                // So slow that nothing comes in while the test runs.
                let limit = RateLimit(burst: 4, perSecond: 0.001)
                var decisions: [RateDecision] = []
                for turn in 0..<5 { decisions.append(await pods[turn % 2].take(prefix + "who", limit)) }
                #expect(decisions.map(\.isAllowed) == [true, true, true, true, false])
                #expect(decisions.map(\.remaining) == [3, 2, 1, 0, 0])
                #expect(decisions[4].retryAfter > .seconds(900) && decisions[4].retryAfter <= .seconds(1_000))
                #expect(await pods[0].take(prefix + "somebody else", limit).remaining == 3)
                let lifetime = try await redis.send(RedisCommand("PTTL", .text("battlescope:rate:\(prefix)who"))).integer()
                #expect((3_000_000...4_001_000).contains(lifetime))
                let quick = RateLimit(burst: 1, perSecond: 100_000)
                #expect(await pods[0].take(prefix + "quick", quick).isAllowed)
                try await until { await pods[1].take(prefix + "quick", quick).isAllowed }
            }
        }
    }
}
