import HTTPTypes
import NIOCore

extension ByteBuffer {
    /// Writes an answer's status line and header fields, with the empty line after them.
    ///
    /// Straight from HTTPTypes: the engine's own encoder wants another kind of header fields, and a copy of them.
    mutating func writeHead(_ answer: Answer, date: [UInt8], more: (inout ByteBuffer) -> Void) {
        writeStaticString("HTTP/1.1 ")
        writeString(String(answer.status.code))
        writeStaticString(" ")
        writeString(answer.status.reasonPhrase)
        writeStaticString("\r\nDate: ")
        writeBytes(date)
        writeStaticString("\r\n")
        for field in answer.headers {
            writeString(field.name.rawName)
            writeStaticString(": ")
            field.withUnsafeBytesOfValue { _ = writeBytes($0) }
            writeStaticString("\r\n")
        }
        more(&self)
        writeStaticString("\r\n")
    }

    /// Writes a chunk of a body of unknown length.
    mutating func writeChunk(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        writeString(String(bytes.count, radix: 16))
        writeStaticString("\r\n")
        writeBytes(bytes)
        writeStaticString("\r\n")
    }
}
