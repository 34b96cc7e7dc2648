import KernelRedis

/// Counts in Redis, for all pods together; in this process while Redis does not answer.
struct RedisRateLimiter: RateLimiter {
    private let redis: RedisClient
    private let local = LocalRateLimiter()

    init(redis: RedisClient) { self.redis = redis }

    func take(_ bucket: String, _ limit: RateLimit) async -> RateDecision {
        do {
            let answer = try await redis.run(
                Self.script, keys: [.text("battlescope:rate:\(bucket)")],
                arguments: [.integer(limit.burst), .text("\(limit.perSecond)")]
            ).array()
            guard answer.count == 3 else { return local.takeNow(bucket, limit) }
            return RateDecision(
                isAllowed: try answer[0].integer() == 1, remaining: Int(try answer[1].integer()),
                retryAfter: .milliseconds(try answer[2].integer()))
        } catch {
            return local.takeNow(bucket, limit)
        }
    }

    /// A bucket is a hash of tokens and the microsecond at which they were counted, by Redis's clock: one for all pods. It
    /// vanishes when it would be full again.
    private static let script = RedisScript(
        """
        local burst, rate = tonumber(ARGV[1]), tonumber(ARGV[2])
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local bucket = redis.call('HMGET', KEYS[1], 't', 'a')
        local tokens, at = tonumber(bucket[1]) or burst, tonumber(bucket[2]) or now
        tokens = math.min(burst, tokens + math.max(0, now - at) / 1000000 * rate)
        local allowed = 0
        if tokens >= 1 then
            tokens = tokens - 1
            allowed = 1
        end
        redis.call('HSET', KEYS[1], 't', string.format('%.6f', tokens), 'a', string.format('%.0f', now))
        redis.call('PEXPIRE', KEYS[1], math.ceil((burst - tokens) / rate * 1000) + 1000)
        local wait = 0
        if allowed == 0 then wait = math.ceil((1 - tokens) / rate * 1000) end
        return {allowed, math.floor(tokens), wait}
        """)
}
