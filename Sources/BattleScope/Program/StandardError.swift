import Foundation

/// Standard error, for what is meant for the person at the terminal.
enum StandardError {
    static func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
