import Foundation
import KernelAPI
import Logging
import Synchronization

/// Writes down for all pods what this pod's plugins do, whenever that changes and every few seconds as a sign of life.
final class FleetReporter: Sendable {
    private let store: FleetStore
    /// This pod: its host's name and a random word, because several processes share a host.
    let pod: String
    private let version: String
    private let interval: Duration
    private let logger: Logger
    private let clock: any Clock<Duration>
    private let reports = Mutex<[PluginReport]>([])
    private let wake = WakeSignal()

    init(
        database: any Database, pod: String, version: String, interval: Duration, logger: Logger,
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        store = FleetStore(database: database)
        self.pod = pod
        self.version = version
        self.interval = interval
        self.logger = logger
        self.clock = clock
    }

    func report(_ new: [PluginReport]) {
        reports.withLock { $0 = new }
        wake.signal()
    }

    /// Returns when cancelled.
    func run() async {
        var isComplaining = false
        while !Task.isCancelled {
            await wake.wait(atMost: interval, clock: clock)
            let current = reports.withLock { $0 }.filter(\.runsHere)
            do {
                try await store.write(current, pod: pod, version: version)
                isComplaining = false
            } catch {
                if !isComplaining && !Task.isCancelled {
                    logger.warning("the fleet's table could not be written", metadata: ["error": "\(error)"])
                    isComplaining = true
                }
            }
        }
    }

    /// The pod ends in order: it leaves nothing behind.
    func withdraw() async {
        do { try await store.withdraw(pod) } catch {
            logger.warning("the fleet's table could not be written", metadata: ["error": "\(error)"])
        }
    }

    /// A new name for this process.
    static func newPod() -> String {
        var name = [CChar](repeating: 0, count: 256)
        // Not Foundation's host name, which may ask a name server.
        let host =
            gethostname(&name, name.count - 1) == 0
            ? String(decoding: name.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self) : "pod"
        let word = (0..<4).map { _ in String("abcdefghijklmnopqrstuvwxyz234567".randomElement() ?? "a") }.joined()
        return "\(host)-\(word)"
    }
}
