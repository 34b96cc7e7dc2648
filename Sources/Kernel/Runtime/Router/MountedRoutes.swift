import HTTPTypes
import Synchronization

/// The routes that this pod answers, as one table that is swapped as a whole when a feature comes, goes or is switched.
///
/// A request reads the table once and finishes on what it read.
package final class MountedRoutes: Sendable {
    /// Held for as long as it takes to copy a reference.
    private let table: Mutex<RouteTable>

    package init(_ routes: [MountedRoute] = []) { table = Mutex(RouteTable(routes)) }

    /// Publishes another table. Requests in flight finish on the old one; open streams go on until ``OpenStreams`` ends them.
    package func replace(with routes: [MountedRoute]) {
        let new = RouteTable(routes)
        table.withLock { $0 = new }
    }

    /// The routes as they are now, in the order in which they were given.
    package var all: [MountedRoute] { current.routes }

    var current: RouteTable { table.withLock { $0 } }
}
