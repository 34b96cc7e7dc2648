public import Logging

/// What the kernel lends to a plugin.
public struct PluginHost: Sendable {
    /// Labelled with the plugin's name.
    public let logger: Logger
    public let clock: any WallClock
    public let database: any Database
    /// Signs the cursors of lists.
    public let cursors: any CursorSigner
    public let bus: any Bus
    /// Shared by all pods; keys are the plugin's own.
    public let cache: any Cache
    public let audit: any AuditTrail
    private let queues: @Sendable (QueueName) -> any Queue
    private let contracts: ContractRegistry

    public init(
        logger: Logger, clock: any WallClock, database: any Database, cursors: any CursorSigner, bus: any Bus, cache: any Cache,
        audit: any AuditTrail, queues: @escaping @Sendable (QueueName) -> any Queue, contracts: ContractRegistry
    ) {
        self.logger = logger
        self.clock = clock
        self.database = database
        self.cursors = cursors
        self.bus = bus
        self.cache = cache
        self.audit = audit
        self.queues = queues
        self.contracts = contracts
    }

    /// The durable queue of that name; it exists as soon as somebody asks for it.
    public func queue(_ name: QueueName) -> any Queue { queues(name) }

    /// Something that the program offers to all plugins, such as the client of an outside service, by its protocol.
    ///
    /// - Throws: ``MissingContractError`` when the program offers nothing of that type.
    public func contract<Contract>(_ type: Contract.Type) throws -> Contract { try contracts.require(type) }
}

/// The values that the program hands to plugins, keyed by the protocol under which they are offered. The kernel knows
/// none of these types.
public struct ContractRegistry: Sendable {
    private var values: [ObjectIdentifier: any Sendable] = [:]

    public init() {}

    public mutating func offer<Contract: Sendable>(_ value: Contract, as type: Contract.Type) {
        values[ObjectIdentifier(type)] = value
    }

    func require<Contract>(_ type: Contract.Type) throws -> Contract {
        guard let value = values[ObjectIdentifier(type)] as? Contract else {
            throw MissingContractError(contract: String(describing: type))
        }
        return value
    }
}

/// A plugin asked for a contract that the program does not offer.
public struct MissingContractError: Error, CustomStringConvertible {
    public let contract: String
    public var description: String { "nothing offers the contract \(contract)" }
}
