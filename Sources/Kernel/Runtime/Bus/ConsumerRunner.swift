package import KernelAPI
import Logging
import ServiceLifecycle
import Synchronization

/// Runs plugins' consumers of events, each from the beginning of its plugin's life on this pod to its end.
package final class ConsumerRunner: Service, ContributionRunner {
    private let database: any Database
    private let hub: EventHub
    private let clock: any WallClock
    private let lives = Mutex<[PluginName: [ConsumerLife]]>([:])
    private let begun: AsyncStream<ConsumerLife>
    private let beginning: AsyncStream<ConsumerLife>.Continuation

    init(database: any Database, hub: EventHub, clock: any WallClock) {
        self.database = database
        self.hub = hub
        self.clock = clock
        (begun, beginning) = AsyncStream.makeStream()
    }

    package func begin(_ plugin: LoadedPlugin) async {
        let made = plugin.servedConsumers.map { consumer in
            ConsumerLife(
                Consumption(
                    consumer: consumer, label: "\(plugin.name).\(consumer.name)", database: database, clock: clock,
                    logger: plugin.logger),
                hub: hub)
        }
        lives.withLock { $0[plugin.name] = made }
        for life in made { beginning.yield(life) }
    }

    package func end(_ plugin: PluginName) async {
        let ending = lives.withLock { $0.removeValue(forKey: plugin) } ?? []
        await withTaskCancellationHandler {
            for life in ending { life.finish() }
            for life in ending { await life.ended.wait() }
        } onCancel: {
            for life in ending { life.cancel() }
        }
    }

    package func run() async throws {
        // Plugins end before the services that they rely on: when this is cancelled, no life is left.
        await cancelWhenGracefulShutdown { [begun] in
            await withDiscardingTaskGroup { group in
                for await life in begun { group.addTask { await life.run() } }
            }
        }
    }
}
