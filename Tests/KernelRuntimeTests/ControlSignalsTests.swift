import Foundation
import KernelAPI
import KernelTesting
import Testing

@testable import KernelRuntime

@Suite struct ControlSignalsTests {
    @Test("What is written can be read, and what is not known means everything")
    func text() {
        let ids = (0..<3).map { _ in UUID() }
        for signal in [ControlSignal.features, .gate, .everything, .accounts(ids)] {
            #expect(ControlSignal(text: signal.text) == signal)
        }
        #expect(ControlSignal(text: "from a newer pod") == .everything)
        #expect(ControlSignal(text: "accounts one,two") == .everything)
        #expect(ControlSignal(text: ControlSignal.accounts((0...100).map { _ in UUID() }).text) == .everything)
    }

    @Test("Two pods hear a signal after its transaction committed, and never one that was rolled back")
    func twoPods() async throws {
        struct Undone: Error {}
        try await kernelDatabase { database, _ in
            let pods = (0..<2).map { _ in ControlSignals(database: database, logger: silent) }
            let streams = pods.map { $0.received() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for pod in pods { group.addTask { try await pod.run() } }
                var iterators = streams.map { $0.makeAsyncIterator() }
                for index in iterators.indices { #expect(await iterators[index].next() == .everything) }
                await #expect(throws: Undone.self) {
                    try await database.transaction("test.undone") { transaction in
                        try await pods[0].send(.gate, in: transaction)
                        throw Undone()
                    }
                }
                try await database.transaction("test.done") { try await pods[0].send(.features, in: $0) }
                for index in iterators.indices { #expect(await iterators[index].next() == .features) }
                group.cancelAll()
            }
        }
    }

    @Test("A lost connection means everything", .timeLimit(.minutes(10)))
    func missed() async throws {
        try await kernelDatabase { database, url in
            let pod = ControlSignals(database: database, logger: silent)
            let stream = pod.received()
            #expect(!pod.isListening)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await pod.run() }
                var signals = stream.makeAsyncIterator()
                #expect(await signals.next() == .everything)
                // Its own ping is on its way.
                try await until { pod.isListening }
                try await PostgresFixture.shared.psql(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = '\(databaseName(url))' AND query LIKE 'LISTEN%'
                    """)
                #expect(await signals.next() == .everything)
                group.cancelAll()
            }
        }
    }

    @Test("A slow subscriber gets everything in place of what it missed", .timeLimit(.minutes(10)))
    func slow() async throws {
        try await kernelDatabase { database, _ in
            let pod = ControlSignals(database: database, logger: silent)
            var signals = pod.received().makeAsyncIterator()
            for _ in 0..<500 { pod.deliver(.gate) }
            var seen: [ControlSignal?] = []
            for _ in 0..<128 { seen.append(await signals.next()) }
            #expect(seen.last == .everything)
        }
    }
}
