/// Waits for a condition that can only be looked at: the state of another process, of a server, of a cache.
///
/// It looks every ten milliseconds and leaves the cooperative pool to others in between. Where something tells of itself, wait
/// for that instead. There is no deadline: the test's own time limit ends it.
///
/// - Throws: `CancellationError` when the test is over.
public func until(_ condition: () async throws -> Bool) async throws {
    while try await !condition() { try await ContinuousClock().sleep(for: .milliseconds(10)) }
}
