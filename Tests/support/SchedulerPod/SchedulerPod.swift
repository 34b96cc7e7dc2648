import Foundation
import KernelAPI
import KernelPostgres
import KernelRuntime
import KernelTesting
import Logging

/// A process with a scheduler and nothing else, for tests that kill it: `SchedulerPod NAME URL LEASE_SECONDS`.
///
/// It takes its orders (what time it is, where to wait) from the database and tells on standard output how far each run has
/// come. It ends when its standard input does, so that it does not outlive the test.
@main
enum SchedulerPod {
    static func main() async throws {
        guard CommandLine.arguments.count == 4, let lease = Double(CommandLine.arguments[3]) else {
            FileHandle.standardError.write(Data("usage: SchedulerPod NAME URL LEASE_SECONDS\n".utf8))
            exit(64)
        }
        let (name, url) = (CommandLine.arguments[1], CommandLine.arguments[2])
        Thread.detachNewThread {
            while let bytes = try? FileHandle.standardInput.read(upToCount: 1_024), !bytes.isEmpty {}
            exit(0)
        }
        var configuration = try PostgresConfiguration(url: url)
        configuration.applicationName = name
        let logger = Logger(label: name) { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = .warning
            return handler
        }
        let database = PostgresDatabase(configuration: configuration, logger: logger)
        let clock = ManualClock()
        let orders = Orders(pod: name, database: database, clock: clock)
        try await orders.read()
        var settings = SchedulerSettings(pod: name)
        settings.lease = .seconds(lease)
        settings.poll = .milliseconds(200)
        // 200 ticks and their repeats: each pod tidies up when it begins, and the test counts all of them.
        settings.keptRuns = 1_000
        let scheduler = Scheduler(database: database, settings: settings, logger: logger, wallClock: clock)
        await scheduler.add(plugin: "test", jobs: PodJobs(pod: name, database: database, orders: orders).all, logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await orders.follow { scheduler.lookNow() } }
            group.addTask { try await scheduler.run() }
            try await group.waitForAll()
        }
    }
}
