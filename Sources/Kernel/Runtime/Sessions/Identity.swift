import Foundation
import KernelAPI
import KernelPostgres
import Logging
import ServiceLifecycle

/// Everything about who people are and what they may do, put together (`docs/access.md`).
struct Identity: Sendable {
    let audit: PostgresAuditTrail
    let auditLog: PostgresAuditLog
    let authenticator: SessionAuthenticator
    let accounts: AccountManager
    let gate: GateManager
    /// What has to run.
    let running: [any Service]
    let upkeep: IdentityUpkeep
    let address: PublicAddress
    let cache: CredentialCache
    private let parts: IdentityParts
    private let isSimulated: Bool

    /// What of the kernel it works with.
    struct Surroundings: Sendable {
        let database: any Database
        let clock: any WallClock
        let logger: Logger
        let signals: ControlSignals
        let features: FeatureDirectory
        let mounted: MountedRoutes
        let streams: OpenStreams
    }

    init(_ configuration: IdentityConfiguration, _ kernel: Surroundings) {
        let (database, clock, keys) = (kernel.database, kernel.clock, configuration.keys)
        let audit = PostgresAuditTrail(clock: clock)
        let cache = CredentialCache()
        let address = PublicAddress(configuration.publicURL)
        let provider = ProviderSlot(configuration, address: address)
        let sessions = Sessions(clock: clock, lifetime: configuration.sessionLifetime)
        let changes = AccountChanges(database: database, signals: kernel.signals, cache: cache)
        let attempts = LoginAttempts(database: database, clock: clock, keys: keys)
        let (hub, views) = (ChangeHub(), ViewRegister())
        let secureCookies = configuration.secureCookies
        let cookies: @Sendable () throws -> Cookies = { Cookies(isSecure: try secureCookies ?? address.url.isSecure) }
        let flow = LoginFlow(
            attempts: attempts,
            admission: Admission(
                changes: changes, clock: clock, audit: audit, sessions: sessions, keys: keys,
                superAdmins: configuration.superAdmins),
            directory: configuration.directory, provider: provider, cookies: cookies, logger: kernel.logger)
        let accounts = AccountManager(
            database: database, clock: clock, changes: changes, audit: audit, sessions: sessions, features: kernel.features,
            mounted: kernel.mounted, cookies: cookies)
        self.audit = audit
        self.cache = cache
        self.address = address
        self.accounts = accounts
        isSimulated = configuration.isSimulated
        auditLog = PostgresAuditLog(database: database)
        authenticator = SessionAuthenticator(
            store: CredentialStore(database: database), cache: cache, clock: clock, idle: configuration.sessionIdle,
            address: address,
            denials: DenialLog(database: database, clock: clock, audit: audit, logger: kernel.logger), views: views
        ) { kernel.signals.isListening }
        gate = GateManager(
            database: database, clock: clock, audit: audit, sessions: sessions, signals: kernel.signals, cache: cache,
            directory: configuration.directory)
        parts = IdentityParts(
            database: database, clock: clock, audit: audit, changes: changes, sessions: sessions,
            sessionIdle: configuration.sessionIdle, apiKeys: APIKeys(clock: clock), features: kernel.features, flow: flow,
            accounts: accounts,
            ownCharacters: OwnCharacters(
                clock: clock, changes: changes, audit: audit, keys: keys, provider: provider, logger: kernel.logger),
            stream: MeStream(database: database, clock: clock, hub: hub, features: kernel.features), cookies: cookies,
            imagesURL: configuration.imagesURL)
        upkeep = IdentityUpkeep(
            database: database, clock: clock,
            affiliations: configuration.directory.map {
                AffiliationCheck(
                    database: database, clock: clock, directory: $0, changes: changes, audit: audit, sessions: sessions,
                    logger: kernel.logger)
            },
            tokens: CharacterTokens(
                database: database, clock: clock, keys: keys, provider: provider, changes: changes, audit: audit,
                sessions: sessions, logger: kernel.logger),
            attempts: attempts)
        running = [
            RightsWatcher(
                signals: kernel.signals, features: kernel.features, cache: cache, hub: hub, views: views,
                streams: kernel.streams),
            KernelWorker(upkeep, logger: kernel.logger),
        ]
    }

    /// `/auth`, `/me`, and `/` unless a plugin serves an app there.
    func routes(cursors: any CursorSigner, landing: Bool) -> [MountedRoute] {
        AuthRoutes(flow: parts.flow, audit: parts.audit, changes: parts.changes, isSimulated: isSimulated).routes
            + MeRoutes(identity: parts, cursors: cursors).routes.map { MountedRoute($0, of: MountedRoute.kernel) }
            + (landing ? [LandingRoute(authenticator: authenticator, isSimulated: isSimulated).route] : [])
    }

    /// Lets plugins administrate.
    func offer(to contracts: inout ContractRegistry) {
        contracts.offer(accounts, as: (any AccountAdministration).self)
        contracts.offer(gate, as: (any OrganisationGateAdministration).self)
        contracts.offer(auditLog, as: (any AuditLog).self)
    }
}
