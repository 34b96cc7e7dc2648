import Foundation
import Glibc
import Synchronization

/// A line of a pod: how far a run has come.
struct PodLine: Sendable, Hashable {
    let pod: String
    let stage: String
    let job: String
    let tick: Int
    let attempt: Int
}

/// A process of `Tests/support`, for a test to kill.
final class PodProcess: Sendable {
    let name: String
    private let process: Process
    /// Its end of the pipe closes with the test, and ends the pod.
    private let life: Pipe

    struct NotBuilt: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter hear: called for each line that it says, and with `ended` at the end, on a thread of its own.
    init(
        _ program: String, _ name: String, _ arguments: [String], hear: @escaping @Sendable (String, PodProcess) -> Void
    ) throws {
        self.name = name
        let path = Bundle.main.executableURL?.deletingLastPathComponent().appending(path: program).path ?? ""
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw NotBuilt(description: "no \(path): swift build --build-tests makes it")
        }
        let (process, output, life) = (Process(), Pipe(), Pipe())
        process.executableURL = URL(filePath: path)
        process.arguments = [name] + arguments
        process.standardInput = life
        process.standardOutput = output
        try process.run()
        self.process = process
        self.life = life
        let reading = output.fileHandleForReading
        Thread.detachNewThread { [self] in
            var rest = ""
            while case let bytes = reading.availableData, !bytes.isEmpty {
                rest += String(decoding: bytes, as: UTF8.self)
                while let end = rest.firstIndex(of: "\n") {
                    hear(String(rest[..<end]), self)
                    rest = String(rest[rest.index(after: end)...])
                }
            }
            hear("ended", self)
        }
    }

    /// A scheduler and nothing else.
    convenience init(
        _ name: String, url: String, lease: Double, hear: @escaping @Sendable (PodLine, PodProcess) -> Void
    ) throws {
        try self.init("SchedulerPod", name, [url, "\(lease)"]) { line, pod in
            let words = line.split(separator: " ").map { String($0) }
            guard words.count == 4, let tick = Int(words[2]), let attempt = Int(words[3]) else { return }
            hear(PodLine(pod: name, stage: words[0], job: words[1], tick: tick, attempt: attempt), pod)
        }
    }

    var isRunning: Bool { process.isRunning }

    func signal(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Kills it with SIGKILL, and returns when it is gone.
    func end() {
        signal(SIGKILL)
        process.waitUntilExit()
    }
}
