import CLibPQ
import Logging

/// Sends the server's notices to the logger: libpq's default is to print them on standard error.
final class NoticeLog: Sendable {
    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    /// Must outlive the connection: libpq keeps an unretained pointer to it.
    func install(on connection: ConnectionHandle) {
        _ = PQsetNoticeReceiver(
            connection.pointer,
            { context, result in
                guard let context else { return }
                Unmanaged<NoticeLog>.fromOpaque(context).takeUnretainedValue().receive(result)
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    private func receive(_ result: OpaquePointer?) {
        guard let text = PQresultErrorField(result, Int32(UInt8(ascii: "M"))) else { return }
        let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) } ?? ""
        logger.debug("postgres notice", metadata: ["notice": "\(String(cString: text))", "sql_state": "\(state)"])
    }
}
