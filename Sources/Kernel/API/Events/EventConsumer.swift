/// Work that follows events: once a cluster, in order, its effect exactly once.
///
/// The kernel keeps the position under the plugin's and the consumer's name, and moves it in the transaction in which the
/// events are consumed. A consumer that is new begins with the events that come after it was first seen.
public protocol EventConsumer: Sendable {
    /// Unique within the plugin.
    var name: String { get }
    var topics: Set<TopicName> { get }

    /// - Parameters:
    ///   - events: at most a few hundred, in the order of their numbers.
    ///   - transaction: effects outside of it can happen twice.
    /// - Throws: any error is logged and counted, and the same events come again after a growing pause.
    func consume(_ events: [BusEvent], in transaction: any Transaction) async throws
}
