/// Where new killmails come from: a live feed, a recording, or nothing.
///
/// A feed holds no truth: what it has handed out stands in the ``FeedState`` that its caller stores, in the transaction that
/// stores the killmails. A poll that was never committed is repeated by polling with the older state again.
public protocol KillmailFeed: Sendable {
    /// Names the feed in logs and metrics, and is the key of its stored state.
    var name: String { get }

    /// Fetches what came after `state`, a bounded batch; empty when there is nothing new.
    ///
    /// Never waits for news: ``FeedPoll/pause`` tells how long the caller should. Trouble with the outside is part of
    /// the answer (``FeedPoll/alarm``), so that progress made before it is not lost; throws only `CancellationError`
    /// and what makes the feed unusable, such as a recording that cannot be read.
    func poll(_ state: FeedState) async throws -> FeedPoll
}

/// The feed of an installation that must not fetch anything.
public struct SilentFeed: KillmailFeed {
    public let name = "off"

    public init() {}

    public func poll(_ state: FeedState) async throws -> FeedPoll {
        FeedPoll(state: state, pause: .seconds(3600))
    }
}
