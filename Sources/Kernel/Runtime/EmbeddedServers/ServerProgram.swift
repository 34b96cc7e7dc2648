import Subprocess
import SystemPackage

/// Runs one of a server's own programs (initdb, pg_ctl, psql...) to its end.
package struct ServerProgram: Sendable {
    /// How a program ended and what it said.
    package struct Outcome: Sendable {
        /// Exit code; 128 + signal when a signal ended it.
        package let status: Int
        package let output: String
        package let errorOutput: String

        package var succeeded: Bool { status == 0 }
        /// What it said about its failure: standard error, else standard output; the last lines, they hold the reason.
        package var complaint: String {
            let said = errorOutput.isEmpty ? output : errorOutput
            return said.split(separator: "\n").suffix(12).joined(separator: "\n")
        }
    }

    /// Nobody prints more than this: version, status and psql answers are lines, initdb says a page.
    private static let outputLimitBytes = 256 * 1024

    let account: ServerAccount?

    /// - Parameter account: whose rights the programs get; nil for this process's own.
    package init(account: ServerAccount?) {
        self.account = account
    }

    /// Runs the program at `path`; it sees a minimal environment (no PG* variables of the user) and starts in `/`.
    package func run(_ path: String, _ arguments: [String]) async throws(EmbeddedServerError) -> Outcome {
        let command = (account?.commandPrefix ?? []) + [path] + arguments
        do {
            let result = try await Subprocess.run(
                .path(FilePath(command[0])), arguments: Arguments(Array(command.dropFirst())),
                environment: .custom(["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TZ": "UTC"]),
                workingDirectory: "/", output: .string(limit: Self.outputLimitBytes), error: .string(limit: Self.outputLimitBytes)
            )
            let status =
                switch result.terminationStatus {
                case .exited(let code): Int(code)
                case .signaled(let signal): 128 + Int(signal)
                }
            return Outcome(status: status, output: result.standardOutput, errorOutput: result.standardError)
        } catch {
            throw EmbeddedServerError(
                .serverFailed, "\(path) could not be run: \(error)", fix: "Check that the program exists and may be executed.")
        }
    }
}
