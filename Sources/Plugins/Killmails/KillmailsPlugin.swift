public import KernelAPI
import EVE

/// Takes killmails in: reads the feed, completes what came as a mere reference, resolves names, keeps static data.
///
/// Other plugins learn of a stored killmail through the queue ``StoredKillmails/queue`` and read it from the views of the
/// schema `contract`.
public struct KillmailsPlugin: Plugin {
    public static let name: PluginName = "killmails"

    public let contributions: Contributions

    public init(configuration: KillmailsSettings, host: PluginHost) throws {
        let store = KillmailStore(
            database: host.database, stored: host.queue(QueueName(rawValue: StoredKillmails.queue)), clock: host.clock,
            retentionMonths: configuration.retentionMonths)
        contributions = Contributions(
            routes: IngestRoutes(
                database: host.database, clock: host.clock, features: try host.contract((any FeatureAdministration).self)
            ).routes + DeadLetterRoutes(letters: DeadLetters(host: host), cursors: host.cursors).routes,
            workers: [
                IngestWorker(feed: try host.contract((any KillmailFeed).self), store: store, host: host),
                EnrichmentWorker(source: try host.contract((any KillmailSource).self), store: store, host: host),
                NameWorker(source: try host.contract((any NameSource).self), host: host),
            ],
            migrations: KillmailsMigrations.all)
    }
}
