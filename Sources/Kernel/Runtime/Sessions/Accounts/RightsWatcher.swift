import KernelAPI
import ServiceLifecycle

/// Follows what pods tell each other: forgets credentials that are out of date, wakes `/me/stream`, and ends streams whose right
/// is gone.
struct RightsWatcher: Service {
    private let forgetting: AsyncStream<ControlSignal>
    private let judging: AsyncStream<ControlSignal>
    private let features: FeatureDirectory
    private let cache: CredentialCache
    private let hub: ChangeHub
    private let views: ViewRegister
    private let streams: OpenStreams

    /// Listens from now on, so that nothing is missed between being made and being run.
    init(
        signals: ControlSignals, features: FeatureDirectory, cache: CredentialCache, hub: ChangeHub, views: ViewRegister,
        streams: OpenStreams
    ) {
        forgetting = signals.received()
        judging = signals.received()
        self.features = features
        self.cache = cache
        self.hub = hub
        self.views = views
        self.streams = streams
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await forget() }
                // Judging takes queries, and nobody may use an old right meanwhile.
                group.addTask { await judge() }
                group.addTask { for await _ in features.changes() { hub.tell(nil) } }
            }
        }
    }

    private func forget() async {
        for await signal in forgetting {
            switch signal {
            case .accounts(let ids): cache.forget(Set(ids))
            case .gate, .everything: cache.forgetAll()
            case .features, .jobs: break
            }
        }
    }

    private func judge() async {
        for await signal in judging {
            switch signal {
            case .accounts(let ids):
                // Also here: the other task may not have come so far.
                cache.forget(Set(ids))
                hub.tell(Set(ids))
                await streams.recheck(accounts: views.concerned(by: Set(ids)))
            case .gate, .everything:
                cache.forgetAll()
                hub.tell(nil)
                await streams.recheck(accounts: nil)
            case .features, .jobs: break
            }
        }
    }
}
