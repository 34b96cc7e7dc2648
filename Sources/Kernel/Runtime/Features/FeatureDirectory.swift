package import KernelAPI

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

    private let published: Published<[Entry]>

    package init(_ entries: [Entry] = []) { published = Published(entries) }

    /// In the order in which the plugins start.
    package var entries: [Entry] { published.value }

    /// What people can have roles on.
    package var features: [Entry] { entries.filter { $0.declaration != nil } }

    /// What the menu holds now; who asks sees of it what its policies let in.
    package var menu: [MenuEntry] { entries.filter(\.isEnabled).flatMap(\.menu) }

    /// - Returns: `nil` for what is no feature here.
    package func feature(_ key: FeatureKey) -> Entry? { features.first { $0.plugin.rawValue == key.rawValue } }

    /// The entries as they are now, then after each change.
    package func changes() -> AsyncStream<[Entry]> { published.values() }

    package func publish(_ entries: [Entry]) { published.publish(entries) }
}
