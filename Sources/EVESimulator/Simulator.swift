import Foundation
internal import Hummingbird
public import Logging
internal import NIOCore
internal import ServiceLifecycle
internal import UnixSignals

/// R2Z2, ESI, EVE's single sign-on, the static data export and the image server, on one loopback address.
///
/// ```swift
/// try await Simulator(configuration).run { simulator in
///     let feed = simulator.baseURL + "/r2z2"
/// }
/// ```
public final class Simulator: Sendable {
    public let configuration: SimulatorConfiguration
    public let universe: Universe
    private let feed: Feed
    private let r2z2: R2Z2Service
    private let esi: ESIService
    private let staticData: StaticDataService
    private let signOn: SSOService
    private let logger: Logger

    /// Builds the world and publishes what is already due; nothing listens yet.
    public init(_ configuration: SimulatorConfiguration, logger: Logger = Logger(label: "eve-simulator")) throws(SimulatorError) {
        self.configuration = configuration
        self.logger = logger
        guard configuration.timeScale > 0, configuration.timeScale.isFinite else {
            throw .badConfiguration("the time scale must be more than 0")
        }
        universe = Universe(seed: configuration.seed)
        let ledger = try configuration.ledger.map { path throws(SimulatorError) in try LedgerFile(path: path) }
        let roster = Roster(universe: universe)
        var directory: Directory
        switch configuration.source {
        case .universe:
            feed = Feed.universe(universe, configuration, ledger)
            directory = Directory(universe: universe)
        case .replay(let file, let names):
            feed = try Feed.replay(file, configuration, ledger)
            directory = try Directory(names: names)
            directory.addLogins(of: universe)
        }
        r2z2 = R2Z2Service(feed: feed, configuration: configuration)
        esi = ESIService(feed: feed, roster: roster, directory: directory, configuration: configuration)
        signOn = SSOService(feed: feed, roster: roster, configuration: configuration)
        staticData = StaticDataService(universe: universe)
        feed.publishDue()
        if let failure = feed.ledgerFailure { throw failure }
    }

    /// A simulator that listens.
    public struct Running: Sendable {
        /// Such as `http://127.0.0.1:8090`; below it `/r2z2`, `/esi`, `/sso`, `/sde` and `/images`.
        public let baseURL: String
        public let port: Int
        public let simulator: Simulator

        public var r2z2URL: String { baseURL + "/r2z2" }
        public var esiURL: String { baseURL + "/esi" }
        public var ssoURL: String { baseURL + "/sso" }
        public var sdeURL: String { baseURL + "/sde" }
        public var imagesURL: String { baseURL + "/images" }
    }

    // MARK: Handles

    /// Publishes a kill by hand under the next number, faults included.
    /// - Returns: its number.
    @discardableResult
    public func publish(_ kill: FeedKill) -> Int64 { feed.publish(kill) }

    /// Publishes a document in ESI's form; `hash`, final blow and items are filled in when they are missing.
    @discardableResult
    public func publish(json: String, battle: String? = nil) throws(SimulatorError) -> Int64 {
        do {
            return feed.publish(try Recording.kill(try JSONParser.parse(json.utf8), battle: battle))
        } catch {
            throw .badConfiguration("no killmail: \(error)")
        }
    }

    /// Faults from now on; what is published stays as it is.
    public func setFaults(_ plan: FaultPlan) { feed.setPlan(plan) }

    /// Forces ESI's maintenance on or off; `nil` leaves it to the fault `esi-503`.
    public func setMaintenance(_ isOn: Bool?) { esi.setMaintenance(isOn) }

    /// Ends a ban of R2Z2 and forgets the last 404.
    public func forgive() { r2z2.forgive() }

    /// Publishes what is due by the configuration's clock; also done every 50 ms while running, and at each request.
    public func publishDue() { feed.publishDue() }

    /// The single sign-on as a test may handle it: forged tokens, sold characters, new keys.
    public var sso: SimulatedSSO { SimulatedSSO(service: signOn) }

    public var counters: SimulatorCounters {
        SimulatorCounters(
            r2z2: r2z2.counters, esi: esi.counters, sso: signOn.counters, publishedKills: feed.publishedKills, head: feed.head)
    }

    public var firstSequence: Int64 { feed.firstSequence }

    // MARK: Running

    /// Listens, calls `body` when requests are answered, and stops when it returns.
    public func run<Result: Sendable>(_ body: @escaping @Sendable (Running) async throws -> Result) async throws -> Result {
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
        let services = serviceGroup(application { continuation.yield($0) }, gracefulShutdownSignals: [])
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                try await self.serve(services)
                return nil
            }
            group.addTask {
                for await port in ports {
                    return try await body(self.running(on: port))
                }
                throw CancellationError()
            }
            defer { group.cancelAll() }
            // Either the body's result, or the error of a server that cannot run.
            while let finished = try await group.next() {
                guard let finished else { continue }
                await services.triggerGracefulShutdown()
                _ = try await group.next()
                return finished
            }
            throw CancellationError()
        }
    }

    /// Listens until SIGTERM or SIGINT; `onReady` is called once when requests are answered.
    public func runUntilSignalled(onReady: @escaping @Sendable (Running) -> Void) async throws {
        let application = application { onReady(self.running(on: $0)) }
        try await serve(serviceGroup(application, gracefulShutdownSignals: [.sigterm, .sigint]))
    }

    private func running(on port: Int) -> Running {
        Running(baseURL: "http://\(configuration.host):\(port)", port: port, simulator: self)
    }

    private func application(onReady: @escaping @Sendable (Int) -> Void) -> some ApplicationProtocol {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        return Application(
            responder: SimulatorResponder(services: [
                "r2z2": r2z2, "esi": esi, "sso": signOn, "sde": staticData, "images": ImageService(),
                "counters": CountersService { self.counters },
            ]),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), serverName: nil),
            onServerRunning: { channel in onReady(channel.localAddress?.port ?? 0) }, logger: quiet)
    }

    private func serviceGroup(_ application: some ApplicationProtocol, gracefulShutdownSignals: [UnixSignal]) -> ServiceGroup {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        var configuration = ServiceGroupConfiguration(
            services: [.init(service: application), .init(service: PublisherService(feed: feed))],
            gracefulShutdownSignals: gracefulShutdownSignals, logger: quiet)
        // A client that trickles must not keep us alive.
        configuration.maximumGracefulShutdownDuration = .seconds(2)
        return ServiceGroup(configuration: configuration)
    }

    private func serve(_ services: ServiceGroup) async throws {
        do {
            try await services.run()
        } catch let error as IOError {
            let host = self.configuration.host
            let port = self.configuration.port
            if error.errnoCode == EADDRINUSE { throw SimulatorError.addressInUse(host: host, port: port) }
            throw SimulatorError.cannotListen(host: host, port: port, reason: String(describing: error))
        }
    }
}

/// Publishes what becomes due while nobody asks.
private struct PublisherService: Service {
    let feed: Feed

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                feed.publishDue()
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        if let failure = feed.ledgerFailure { throw failure }
    }
}
