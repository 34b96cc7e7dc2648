import KernelRedis
import KernelTesting

/// Waits, on the event itself as far as possible, until a condition that the server or another task brings about holds.
func eventually(within limit: Duration = .seconds(120), _ condition: () async throws -> Bool) async throws -> Bool {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(2))
    }
    return false
}

extension RedisClient {
    /// The error that a command ends with.
    func failure(of command: RedisCommand = RedisCommand("PING")) async -> RedisError? {
        do {
            _ = try await send(command)
            return nil
        } catch {
            return error as? RedisError
        }
    }

    func text(_ command: RedisCommand) async throws -> String? { try await send(command).text() }
}

extension RedisError {
    /// Waits for the reason why a client cannot connect.
    static func ofConnecting(_ client: RedisClient, _ serverCode: String?) async throws -> RedisError? {
        var error: RedisError?
        _ = try await eventually {
            error = await client.failure()
            return error?.serverCode == serverCode && error?.message != "not connected yet"
        }
        return error
    }
}
