import CLibPQ

/// A `PGconn` in non-blocking mode.
///
/// Unchecked because a `PGconn` belongs to one thread at a time: it lives inside ``Connection``'s lock, and every call
/// below happens while that lock is held.
struct ConnectionHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Starts connecting. May read files (`.pgpass`, certificates), hence not for the loop or the cooperative pool.
    ///
    /// - Parameter options: keywords and values; names must be resolved already (`hostaddr`).
    static func start(_ options: [(String, String)]) -> ConnectionHandle? {
        withCStrings(options.map(\.0)) { keywords in
            withCStrings(options.map(\.1)) { values in PQconnectStartParams(keywords, values, 0) }
        }.map(ConnectionHandle.init)
    }

    var isBad: Bool { PQstatus(pointer) == CONNECTION_BAD }
    var socket: Int32 { PQsocket(pointer) }
    var isBusy: Bool { PQisBusy(pointer) == 1 }
    var isInPipelineMode: Bool { PQpipelineStatus(pointer) != PQ_PIPELINE_OFF }
    /// In no transaction and with nothing under way: fit for the pool.
    var isInIdleTransactionState: Bool { PQtransactionStatus(pointer) == PQTRANS_IDLE }
    var isInFailedTransaction: Bool { PQtransactionStatus(pointer) == PQTRANS_INERROR }
    var backendProcess: Int32 { PQbackendPID(pointer) }

    func finish() { PQfinish(pointer) }
    func pollConnecting() -> PostgresPollingStatusType { PQconnectPoll(pointer) }
    func setNonBlocking() -> Bool { PQsetnonblocking(pointer, 1) == 0 }
    /// Reads what has arrived; false when the connection is lost.
    func consumeInput() -> Bool { PQconsumeInput(pointer) == 1 }
    /// Sends what is buffered: 0 all, 1 some is left, -1 lost.
    func flush() -> Int32 { PQflush(pointer) }
    func nextResult() -> ResultHandle? { PQgetResult(pointer).map(ResultHandle.init) }

    func enterPipelineMode() -> Bool { PQenterPipelineMode(pointer) == 1 }
    func exitPipelineMode() -> Bool { PQexitPipelineMode(pointer) == 1 }
    func sync() -> Bool { PQpipelineSync(pointer) == 1 }
    func send(simple text: String) -> Bool { PQsendQuery(pointer, text) == 1 }
    /// Text without parameters in the extended protocol, as pipeline mode needs it.
    func send(unprepared text: String) -> Bool { PQsendQueryParams(pointer, text, 0, nil, nil, nil, nil, 1) == 1 }
    /// - Parameter reason: makes the server fail the COPY with it.
    func putCopyEnd(failing reason: String? = nil) -> Bool { PQputCopyEnd(pointer, reason) == 1 }

    func putCopy(_ bytes: UnsafeRawBufferPointer) -> Bool {
        PQputCopyData(pointer, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count)) == 1
    }

    /// libpq's own message, on one line. It names hosts and files, never the password.
    var message: String {
        guard let text = PQerrorMessage(pointer) else { return "no reason given" }
        return String(cString: text).split(whereSeparator: \.isNewline).joined(separator: "; ")
    }

    func nextNotification() -> (channel: String, payload: String)? {
        guard let notification = PQnotifies(pointer) else { return nil }
        defer { PQfreemem(notification) }
        return (String(cString: notification.pointee.relname), String(cString: notification.pointee.extra))
    }
}

/// Hands an array of C strings, ended by a null pointer, to `body`.
private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
) -> Result {
    let buffers = strings.map { string in
        let buffer = UnsafeMutableBufferPointer<CChar>.allocate(capacity: string.utf8.count + 1)
        _ = buffer.initialize(from: string.utf8.lazy.map { CChar(bitPattern: $0) } + [0])
        return buffer
    }
    defer { for buffer in buffers { buffer.deallocate() } }
    let pointers = buffers.map { UnsafePointer($0.baseAddress) } + [nil]
    return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
}
