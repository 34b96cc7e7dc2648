/// When a failed enrichment is tried again: after 30 seconds, doubling to an hour, with up to half as much again by
/// chance so that jobs that failed together do not come back together; never earlier than the service asked.
enum EnrichmentBackoff {
    /// Then it is a dead letter: about four hours after the first attempt.
    static let maximumAttempts = 12
    private static let first = Duration.seconds(30)
    private static let longest = Duration.seconds(3600)

    /// - Parameters:
    ///   - asked: what the service asked for, already multiplied by `factor`.
    ///   - factor: ``KillmailSource/pauseFactor``.
    /// - Returns: `nil` when there were enough attempts.
    static func pause(
        afterAttempts attempts: Int, asked: Duration?, factor: Double = 1, jitter: Double = Double.random(in: 0..<0.5)
    ) -> Duration? {
        guard attempts < maximumAttempts else { return nil }
        var pause = first
        for _ in 1..<max(1, attempts) { pause = min(pause * 2, longest) }
        return max(pause * (factor * (1 + jitter)), asked ?? .zero)
    }
}
