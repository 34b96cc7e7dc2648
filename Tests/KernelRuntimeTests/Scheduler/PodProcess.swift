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

/// A `SchedulerPod` process.
final class PodProcess: Sendable {
    let name: String
    private let process: Process
    /// Its end of the pipe closes with the test, and ends the pod.
    private let life: Pipe

    struct NotBuilt: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter hear: called for each line, on a thread of its own.
    init(_ name: String, url: String, lease: Double, hear: @escaping @Sendable (PodLine, PodProcess) -> Void) throws {
        self.name = name
        let program = Bundle.main.executableURL?.deletingLastPathComponent().appending(path: "SchedulerPod").path ?? ""
        guard FileManager.default.isExecutableFile(atPath: program) else {
            throw NotBuilt(description: "no \(program): swift build --build-tests makes it")
        }
        let (process, output, life) = (Process(), Pipe(), Pipe())
        process.executableURL = URL(filePath: program)
        process.arguments = [name, url, "\(lease)"]
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
                    let words = rest[..<end].split(separator: " ").map { String($0) }
                    rest = String(rest[rest.index(after: end)...])
                    guard words.count == 4, let tick = Int(words[2]), let attempt = Int(words[3]) else { continue }
                    hear(PodLine(pod: name, stage: words[0], job: words[1], tick: tick, attempt: attempt), self)
                }
            }
        }
    }

    func signal(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Kills it with SIGKILL, and returns when it is gone.
    func end() {
        signal(SIGKILL)
        process.waitUntilExit()
    }
}
