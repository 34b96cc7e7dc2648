import CLibPQ

/// What is needed to ask the server to cancel a connection's statement, independent of the `PGconn` it was taken from.
///
/// Unchecked because libpq says that a `PGcancel` is read-only and may be used on another thread.
final class CancelHandle: @unchecked Sendable {
    private let pointer: OpaquePointer

    init?(of connection: ConnectionHandle) {
        guard let pointer = PQgetCancel(connection.pointer) else { return nil }
        self.pointer = pointer
    }

    deinit { PQfreeCancel(pointer) }

    /// Opens a connection, sends the request and waits until the server has closed it: blocks, for ever if the network
    /// does. Only for ``BlockingThreads``.
    func requestBlocking() -> Bool {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { PQcancel(pointer, $0.baseAddress, 256) == 1 }
    }
}
