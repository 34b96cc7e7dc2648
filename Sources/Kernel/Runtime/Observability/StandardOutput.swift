import Foundation

/// Standard output as a sink of whole lines.
public enum StandardOutput {
    private static let lock = NSLock()

    /// Writes all of `bytes`; lines of several threads do not mix. A closed pipe loses the line, never the program.
    public static func write(_ bytes: [UInt8]) {
        lock.withLock {
            bytes.withUnsafeBytes { buffer in
                var offset = 0
                while offset < buffer.count {
                    let written = Foundation.write(STDOUT_FILENO, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
                    if written < 0, errno == EINTR { continue }
                    guard written > 0 else { return }
                    offset += written
                }
            }
        }
    }

    public static func write(_ text: String) { write(Array(text.utf8)) }
}
