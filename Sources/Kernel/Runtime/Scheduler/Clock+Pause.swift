extension Clock where Duration == Swift.Duration {
    /// - Throws: `CancellationError` when the task is cancelled meanwhile.
    func pause(for duration: Duration) async throws { try await sleep(until: now.advanced(by: duration), tolerance: nil) }

    /// How long ago this call was.
    func stopwatch() -> @Sendable () -> Duration {
        let start = now
        return { start.duration(to: self.now) }
    }
}
