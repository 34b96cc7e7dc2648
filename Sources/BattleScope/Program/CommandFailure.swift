import ArgumentParser
import EVE
import EVEClients
import KernelAPI
import KernelPostgres
import KernelRuntime

/// Why a command ended badly: what to tell the person, and the exit code (sysexits).
struct CommandFailure: Error {
    enum Code: Int32 {
        case usage = 64
        case unavailable = 69
        case internalError = 70
        case configuration = 78
    }

    let code: Code
    let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Errors that people can do something about get their own code; the rest are defects.
    init(explaining error: any Error) {
        switch error {
        case let failure as CommandFailure: self = failure
        case let error as ConfigurationError: self.init(.configuration, error.description)
        case let error as OutsideTimeError: self.init(.configuration, error.description)
        // The plugin's own error says what kind of failure it is.
        case let error as PluginStartFailure:
            self.init(CommandFailure(explaining: error.underlying).code, error.description)
        case let error as SchemaMismatch: self.init(.configuration, error.description)
        case let error as EmbeddedServerError: self.init(.unavailable, "\(error)")
        case let error as ListenError: self.init(.unavailable, error.description)
        case let error as FileFormatError: self.init(.usage, "\(error)")
        case let error as StaticDataDownload.Failure: self.init(.unavailable, "\(error)")
        case let error as DatabaseError where error.code == .unavailable:
            self.init(.unavailable, "\(error.message)\nIs the server of DATABASE_URL running, and may this user connect?")
        case let error as DatabaseError where error.sqlState?.hasPrefix("53") == true:
            self.init(
                .unavailable, "PostgreSQL is out of resources: \(error.message). Free disk space or memory and start again.")
        default: self.init(.internalError, "\(error)")
        }
    }
}
