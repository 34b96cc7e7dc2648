import Foundation
import Glibc
public import Synchronization

/// A proxy on the loopback that can be shut: connections stay open, new ones are accepted, nothing is forwarded.
///
/// It has a thread of its own, so that a cooperative pool that is blocked cannot keep it from working.
public final class TCPGate: Sendable {
    private struct State {
        var isShut = false
        var isStopped = false
        var cuts = false
        /// Called with what a client sends, before it is forwarded; true shuts the gate in front of it.
        var trap: (@Sendable ([UInt8]) -> Bool)?
    }

    private struct Pair {
        var client: Int32
        var server: Int32
    }

    public let port: Int
    private let listener: Int32
    private let target: Int
    private let state = Mutex(State())
    /// How many bytes clients have sent into the gate and how many connections it holds.
    public let received = Atomic(0)
    public let accepted = Atomic(0)

    public init(to target: Int) throws {
        self.target = target
        listener = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, length) | listen(listener, 128) | getsockname(listener, address, &length)
            }
        }
        guard status == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in run() }
    }

    public func shut() { state.withLock { $0.isShut = true } }
    public func open() { state.withLock { $0.isShut = false } }
    /// Shuts before a packet from a client that the closure recognises is forwarded.
    public func shut(before trap: @escaping @Sendable ([UInt8]) -> Bool) { state.withLock { $0.trap = trap } }
    public var isShut: Bool { state.withLock { $0.isShut } }
    /// Closes every connection that there is.
    public func cut() { state.withLock { $0.cuts = true } }
    public func stop() { state.withLock { $0.isStopped = true } }

    private static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    private func run() {
        var pairs: [Pair] = []
        while true {
            let (isShut, isStopped, cuts) = state.withLock { state in
                defer { state.cuts = false }
                return (state.isShut, state.isStopped, state.cuts)
            }
            if isStopped || cuts {
                for pair in pairs {
                    close(pair.client)
                    close(pair.server)
                }
                pairs = []
            }
            if isStopped {
                close(listener)
                return
            }
            var watched = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
            for pair in isShut ? [] : pairs {
                watched.append(pollfd(fd: pair.client, events: Int16(POLLIN), revents: 0))
                watched.append(pollfd(fd: pair.server, events: Int16(POLLIN), revents: 0))
            }
            guard poll(&watched, nfds_t(watched.count), 2) > 0 else { continue }
            for index in stride(from: watched.count - 2, to: 0, by: -2) {
                let pair = pairs[(index - 1) / 2]
                let isAlive =
                    (watched[index].revents == 0 || forward(pair.client, pair.server, isClient: true))
                    && (watched[index + 1].revents == 0 || forward(pair.server, pair.client, isClient: false))
                if !isAlive {
                    close(pair.client)
                    close(pair.server)
                    pairs.remove(at: (index - 1) / 2)
                }
            }
            if watched[0].revents != 0, let pair = accept() { pairs.append(pair) }
        }
    }

    private func accept() -> Pair? {
        let client = Glibc.accept(listener, nil, nil)
        guard client >= 0 else { return nil }
        accepted.add(1, ordering: .relaxed)
        let server = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.loopback(target)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            close(client)
            close(server)
            return nil
        }
        return Pair(client: client, server: server)
    }

    /// Moves what has arrived; false at the end of the connection.
    private func forward(_ source: Int32, _ sink: Int32, isClient: Bool) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        // Looked at first, taken later: what the gate shuts on must stay in front of it.
        let peeked = recv(source, &buffer, buffer.count, Int32(MSG_PEEK))
        guard peeked > 0 else { return false }
        if isClient {
            let shuts = state.withLock { state in
                guard let trap = state.trap, trap(Array(buffer[..<peeked])) else { return false }
                state.isShut = true
                state.trap = nil
                return true
            }
            if shuts { return true }
        }
        let count = recv(source, &buffer, peeked, 0)
        if isClient { received.add(max(count, 0), ordering: .relaxed) }
        var sent = 0
        while sent < count {
            let written = buffer.withUnsafeBytes {
                send(sink, $0.baseAddress.map { $0 + sent }, count - sent, Int32(MSG_NOSIGNAL))
            }
            guard written > 0 else { return false }
            sent += written
        }
        return true
    }
}
