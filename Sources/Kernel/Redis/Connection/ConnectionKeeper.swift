import NIOCore
import Synchronization

/// Keeps one connection: makes it, and makes it again when it is lost, until it is stopped. No task: everything happens in
/// callbacks of the event loop.
final class ConnectionKeeper: Sendable {
    /// What the keeper's owner does; all called on the event loop.
    struct Owner: Sendable {
        let connect: @Sendable () -> EventLoopFuture<any Channel>
        let opened: @Sendable (any Channel) -> Void
        /// The connection is gone, or could not be made.
        let away: @Sendable (RedisError?) -> Void
        /// Ends the connection; what is under way may be finished first.
        let close: @Sendable (any Channel) -> Void
    }

    private let eventLoop: any EventLoop
    private let owner: Owner
    private let dice: @Sendable () -> Double
    private let state: Mutex<KeeperState<any Channel>>

    init(
        configuration: RedisConfiguration, eventLoop: any EventLoop, owner: Owner,
        dice: @escaping @Sendable () -> Double = { .random(in: 0...1) }
    ) {
        self.eventLoop = eventLoop
        self.owner = owner
        self.dice = dice
        state = Mutex(
            KeeperState(
                firstPause: TimeAmount(configuration.firstReconnectPause),
                longestPause: TimeAmount(configuration.longestReconnectPause)))
    }

    func start() { act(state.withLock { $0.start() }) }

    /// Ends the connection, for good.
    /// - Returns: when it is closed.
    @discardableResult
    func stop() -> EventLoopFuture<Void> {
        let action = state.withLock { $0.stop() }
        act(action)
        return if case .close(let channel) = action { channel.closeFuture } else { eventLoop.makeSucceededVoidFuture() }
    }

    private func act(_ action: KeeperState<any Channel>.Action) {
        switch action {
        case .nothing: break
        case .connect: eventLoop.execute { self.connect() }
        case .announce(let channel):
            // In this order: it may be closed already, and then the callback comes at once.
            owner.opened(channel)
            channel.closeFuture.whenComplete { _ in self.lost() }
        case .pause(let pause):
            eventLoop.scheduleTask(in: pause) { self.act(self.state.withLock { $0.pauseOver() }) }
        case .close(let channel): channel.eventLoop.execute { self.owner.close(channel) }
        }
    }

    private func connect() {
        owner.connect().whenComplete { result in
            switch result {
            case .success(let channel): self.act(self.state.withLock { $0.connected(channel, now: self.eventLoop.now) })
            case .failure(let error):
                self.owner.away(error as? RedisError)
                self.act(self.state.withLock { $0.failed(dice: self.dice()) })
            }
        }
    }

    private func lost() {
        owner.away(nil)
        act(state.withLock { $0.lost(now: eventLoop.now, dice: dice()) })
    }
}
