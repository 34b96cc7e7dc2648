import KernelAPI

/// What a listener hears.
public enum PostgresNotification: Sendable, Equatable {
    /// LISTEN is in force, for the first time or again: what was sent before may have been missed, also because the
    /// consumer was slower than its buffer. Whoever keeps a position should look now.
    case reconnected
    case notification(String)
}

/// The notifications of one channel, without end until its task is cancelled or the database is closed.
///
/// It has a connection of its own outside the pool for as long as it is iterated or kept. At most 1,024 notifications wait
/// for a slow consumer; those beyond are dropped and followed by ``PostgresNotification/reconnected``.
public struct PostgresNotifications: AsyncSequence, Sendable {
    public typealias Element = PostgresNotification

    let stream: AsyncStream<PostgresNotification>

    public struct AsyncIterator: AsyncIteratorProtocol {
        var base: AsyncStream<PostgresNotification>.AsyncIterator

        public mutating func next() async -> PostgresNotification? { await base.next() }

        public mutating func next(isolation actor: isolated (any Actor)?) async -> PostgresNotification? {
            await base.next(isolation: actor)
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: stream.makeAsyncIterator()) }
}

extension PostgresDatabase {
    /// Listens to a channel, on a connection of its own that is made again when it is lost.
    ///
    /// Starts at once; the first element is `reconnected`, when LISTEN is in force.
    ///
    /// - Parameter onLoss: called at the moment when the connection is seen to be gone, on the driver's thread: what is sent from
    ///   then on may be missed until the next `reconnected`. Must be quick.
    public func listen(_ channel: String, onLoss: @escaping @Sendable () -> Void = {}) -> PostgresNotifications {
        let (stream, continuation) = AsyncStream.makeStream(
            of: PostgresNotification.self, bufferingPolicy: .bufferingOldest(NotificationListener.bufferLimit))
        let listener = NotificationListener(
            channel: channel, context: context, continuation: continuation, onLoss: onLoss)
        continuation.onTermination = { _ in listener.stop() }
        listener.start()
        return PostgresNotifications(stream: stream)
    }
}
