import DequeModule

/// Decides who may use which connection. It does no I/O and holds no lock; its owner acts on what it returns.
///
/// Connections used last are used first, so that surplus ones stay idle; waiters are served in the order they came.
struct PoolState<Resource: AnyObject, Ticket> {
    struct Waiter {
        let identifier: UInt64
        let ticket: Ticket
        /// In ``Monotonic`` nanoseconds. All wait equally long, so the first in the queue is always the first due.
        let due: UInt64
    }

    enum Wait {
        case queued(startsConnection: Bool)
        case leased(Resource)
        case closed
        case full
    }

    enum Return: Equatable {
        case nothing
        /// Somebody still waits and there is room for another connection.
        case startConnection
    }

    let width: Int
    let waiterLimit: Int
    private(set) var idle: [Resource] = []
    private(set) var connecting = 0
    private(set) var leased = 0
    private(set) var waiters: Deque<Waiter> = []
    private(set) var isClosed = false

    init(width: Int, waiterLimit: Int) {
        self.width = width
        self.waiterLimit = waiterLimit
    }

    var isEmpty: Bool { idle.isEmpty && connecting == 0 && leased == 0 }

    /// An idle connection, when nobody is waiting for one.
    mutating func leaseIdle() -> Resource? {
        guard !isClosed, waiters.isEmpty, let resource = idle.popLast() else { return nil }
        leased += 1
        return resource
    }

    mutating func wait(_ waiter: Waiter) -> Wait {
        guard !isClosed else { return .closed }
        if let resource = leaseIdle() { return .leased(resource) }
        guard waiters.count < waiterLimit else { return .full }
        waiters.append(waiter)
        return .queued(startsConnection: startConnectionIfWanted())
    }

    mutating func cancel(_ identifier: UInt64) -> Ticket? {
        guard let index = waiters.firstIndex(where: { $0.identifier == identifier }) else { return nil }
        return waiters.remove(at: index).ticket
    }

    mutating func expire(now: UInt64) -> [Ticket] {
        var expired: [Ticket] = []
        while let first = waiters.first, first.due <= now { expired.append(waiters.removeFirst().ticket) }
        return expired
    }

    /// A new connection is open: the first waiter gets it. `nil` with an open pool means that it is idle now.
    mutating func opened(_ resource: Resource) -> Ticket? {
        connecting -= 1
        return offer(resource)
    }

    /// A connection could not be made: the first waiter is told, the next one may try again.
    mutating func failedToOpen() -> (told: Ticket?, next: Return) {
        connecting -= 1
        let told = waiters.popFirst()?.ticket
        return (told, startConnectionIfWanted() ? .startConnection : .nothing)
    }

    /// A connection comes back in good order.
    mutating func release(_ resource: Resource) -> Ticket? {
        leased -= 1
        return offer(resource)
    }

    /// A connection comes back broken.
    mutating func discard() -> Return {
        leased -= 1
        return startConnectionIfWanted() ? .startConnection : .nothing
    }

    /// An idle connection was lost; false when it was not idle.
    mutating func lost(_ resource: Resource) -> Bool {
        guard let index = idle.firstIndex(where: { $0 === resource }) else { return false }
        idle.remove(at: index)
        return true
    }

    /// No more leases. Returns what has to be closed and who has to be told.
    mutating func close() -> (idle: [Resource], waiters: [Ticket]) {
        isClosed = true
        defer {
            idle = []
            waiters = []
        }
        return (idle, waiters.map(\.ticket))
    }

    private mutating func offer(_ resource: Resource) -> Ticket? {
        guard !isClosed else { return nil }
        if let waiter = waiters.popFirst() {
            leased += 1
            return waiter.ticket
        }
        idle.append(resource)
        return nil
    }

    private mutating func startConnectionIfWanted() -> Bool {
        guard !isClosed, waiters.count > connecting, idle.count + connecting + leased < width else { return false }
        connecting += 1
        return true
    }
}
