package import KernelAPI
import Synchronization

/// The plugins of this installation as people meet them: which exist, which are switched on, what stands in the menu.
///
/// An immutable snapshot that ``Features`` replaces; reading it costs a lock for as long as it takes to copy a reference.
package final class FeatureDirectory: Sendable {
    /// A plugin that this pod has an enabled manifest for, whether this pod serves it or leaves that to others.
    package struct Entry: Sendable, Hashable {
        package let plugin: PluginName
        /// `nil`: people have no roles on it.
        package let declaration: FeatureDeclaration?
        /// No admin switched it off, nor anything that it requires.
        package let isEnabled: Bool
        /// What it contributes to the menu; shown while it is enabled.
        package let menu: [MenuEntry]
    }

    private struct State {
        var entries: [Entry] = []
        var subscribers: [Int: AsyncStream<Void>.Continuation] = [:]
        var nextSubscriber = 0
    }

    private let state = Mutex(State())

    package init(_ entries: [Entry] = []) { publish(entries) }

    /// In the order in which the plugins start.
    package var entries: [Entry] { state.withLock { $0.entries } }

    /// What people can have roles on.
    package var features: [Entry] { entries.filter { $0.declaration != nil } }

    /// What the menu holds now; who asks sees of it what its policies let in.
    package var menu: [MenuEntry] { entries.filter(\.isEnabled).flatMap(\.menu) }

    /// - Returns: `nil` for what is no feature here.
    package func feature(_ key: FeatureKey) -> Entry? { features.first { $0.plugin.rawValue == key.rawValue } }

    /// An element after each change from now on; changes that come while nobody reads are one.
    package func changes() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.nextSubscriber += 1
            state.subscribers[state.nextSubscriber] = continuation
            return state.nextSubscriber
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.subscribers.removeValue(forKey: number) }
        }
        return stream
    }

    package func publish(_ entries: [Entry]) {
        let listeners = state.withLock { state -> [AsyncStream<Void>.Continuation] in
            guard state.entries != entries else { return [] }
            state.entries = entries
            return Array(state.subscribers.values)
        }
        for listener in listeners { listener.yield() }
    }
}
