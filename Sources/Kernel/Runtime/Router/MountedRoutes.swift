package import HTTPTypes
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
        var new = RouteTable(routes)
        table.withLock { table in
            new.generation = table.generation + 1
            table = new
        }
    }

    /// The routes as they are now, in the order in which they were given.
    package var all: [MountedRoute] { current.routes }

    /// The route that a request would reach.
    package func route(_ method: HTTPRequest.Method, _ target: String) -> MountedRoute? {
        if case .found(let mounted, _) = current.match(method, path: target.prefix { $0 != "?" }) { mounted } else { nil }
    }

    var current: RouteTable { table.withLock { $0 } }
}
