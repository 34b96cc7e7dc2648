import Foundation
import HTTPTypes
import KernelAPI
import NIOCore
import ServiceLifecycle
import Testing

@testable import KernelRuntime

@Suite(.timeLimit(.minutes(10))) struct EventStreamTests {
    private let told = Record<String>()
    private let streams = OpenStreams(mostPerAccount: 2)

    private static let opening = "GET /events HTTP/1.1\r\nHost: x\r\nAuthorization: reader\r\n\r\n"

    /// Serves `/events`: a stream that sends what comes out of `events` and tells how it ends.
    private func serve(
        _ limits: ConnectionLimits = ConnectionLimits(), people: NamedPeople? = nil,
        events: AsyncStream<ServerSentEvent>? = nil, _ body: (_ port: Int, ServiceGroup) async throws -> Void
    ) async throws {
        let told = told
        let route = Route.get("/events", "Test", policy: .feature("ships", .user)) { (_: NoInput, _) in
            EventStream { sink in
                told.add("begun")
                defer { told.add("over") }
                if let events {
                    for await event in events { try await sink.send(event) }
                    return
                }
                await withTaskCancellationHandler {
                    let (never, end) = AsyncStream.makeStream(of: Void.self)
                    for await _ in never {}
                    withExtendedLifetime(end) {}
                } onCancel: {
                    told.add("cancelled")
                }
            }
        }
        let reader = Principal.test(["ships": .user])
        try await ServerBench.serve(
            [route], plugin: "ships", limits: limits, streams: streams, authenticator: people ?? NamedPeople(["reader": reader]),
            body)
    }

    @Test("Events go out as they come, in chunks, after a head that no proxy holds back; the route's end is the stream's")
    func sends() async throws {
        let (events, sink) = AsyncStream.makeStream(of: ServerSentEvent.self)
        try await serve(events: events) { port, _ in
            try await RawConnection.open(port) { connection in
                try await connection.write(Self.opening)
                let head = try await connection.read("retry: 3000\n\n\r\n")
                #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n") && head.contains("Content-Type: text/event-stream\r\n"))
                #expect(head.contains("Transfer-Encoding: chunked\r\n") && head.contains("X-Accel-Buffering: no\r\n"))
                #expect(head.contains("Cache-Control: no-store\r\n") && !head.contains("Content-Length"))
                sink.yield(ServerSentEvent(id: "7", name: "killmail", data: Array(#"{"a":1}"#.utf8)))
                let chunk = "25\r\nid: 7\nevent: killmail\ndata: {\"a\":1}\n\n\r\n"
                #expect(try await connection.read(chunk).hasSuffix(chunk))
                sink.finish()
                #expect(try await connection.read("never") == "0\r\n\r\n")
            }
        }
        #expect(streams.count == 0)
    }

    @Test("HEAD gets the head; a client of HTTP/1.0 gets the events without chunks")
    func otherClients() async throws {
        let (events, sink) = AsyncStream.makeStream(of: ServerSentEvent.self)
        sink.yield(ServerSentEvent(name: "one", data: [49]))
        sink.finish()
        try await serve(events: events) { port, _ in
            try await RawConnection.open(port) { connection in
                try await connection.write("HEAD /events HTTP/1.1\r\nHost: x\r\nAuthorization: reader\r\n\r\n")
                #expect(try await connection.read("\r\n\r\n").contains("Content-Type: text/event-stream"))
                try await connection.write("GET /events HTTP/1.0\r\nAuthorization: reader\r\n\r\n")
                let text = try await connection.read("never")
                #expect(text.hasSuffix("\r\n\r\nretry: 3000\n\nevent: one\ndata: 1\n\n"))
            }
        }
    }

    @Test("A stream on which nothing happens has a heartbeat, with the last id")
    func heartbeats() async throws {
        var limits = ConnectionLimits()
        limits.heartbeat = .milliseconds(20)
        let (events, sink) = AsyncStream.makeStream(of: ServerSentEvent.self)
        try await serve(limits, events: events) { port, _ in
            try await RawConnection.open(port) { connection in
                try await connection.write(Self.opening)
                _ = try await connection.read("event: heartbeat\ndata: {}\n\n\r\n")
                sink.yield(ServerSentEvent(id: "41", name: "x", data: []))
                _ = try await connection.read("id: 41\nevent: heartbeat\ndata: {}\n\n\r\n")
                sink.finish()
                _ = try await connection.read("never")
            }
        }
    }

    @Test("When the client goes, the stream's task is cancelled")
    func clientGoes() async throws {
        try await serve { port, _ in
            try await RawConnection.open(port) { connection in
                try await connection.write(Self.opening)
                _ = try await connection.read("retry: 3000\n\n")
                #expect(await told.next() == "begun")
            }
            #expect(await told.next() == "cancelled")
            #expect(await told.next() == "over")
        }
        #expect(streams.count == 0)
    }

    @Test("A client that does not read is dropped, however much there is to tell")
    func slowClient() async throws {
        var limits = ConnectionLimits()
        limits.stall = .milliseconds(100)
        limits.streamBufferBytes = 16 * 1024
        let endless = AsyncStream<ServerSentEvent> { ServerSentEvent(name: "x", data: [UInt8](repeating: 97, count: 10_000)) }
        try await serve(limits, events: endless) { port, _ in
            try await RawConnection.open(port, reads: false) { connection in
                try await connection.write(Self.opening)
                #expect(await told.next() == "begun")
                #expect(await told.next() == "over")
                try await connection.closed()
            }
        }
        #expect(streams.count == 0)
    }

    @Test("A client that reads slowly is waited for, and misses nothing")
    func patientSender() async throws {
        var limits = ConnectionLimits()
        limits.streamBufferBytes = 4 * 1024
        let (events, sink) = AsyncStream.makeStream(of: ServerSentEvent.self)
        for number in 1...2_000 {
            sink.yield(ServerSentEvent(id: String(number), name: "x", data: [UInt8](repeating: 97, count: 1_000)))
        }
        sink.finish()
        try await serve(limits, events: events) { port, _ in
            try await RawConnection.open(port) { connection in
                try await connection.write(Self.opening)
                let text = try await connection.read("never")
                #expect(text.matches(of: /id: (\d+)\n/).compactMap { Int($0.1) } == Array(1...2_000))
            }
        }
    }

    @Test("At shutdown a stream ends by itself, with a pause after which the client comes back; nobody waits for it")
    func shutdown() async throws {
        try await serve { port, group in
            try await RawConnection.open(port) { connection in
                try await connection.write(Self.opening)
                _ = try await connection.read("retry: 3000\n\n\r\n")
                await group.triggerGracefulShutdown()
                let goodbye = try await connection.read("never")
                #expect(goodbye.contains(/retry: \d{4,5}\n: ended: shutting_down\n\n/) && goodbye.hasSuffix("0\r\n\r\n"))
            }
        }
        #expect(told.all == ["begun", "cancelled", "over"])
    }

    @Test("Switching a plugin off ends its streams and no others")
    func featureOff() async throws {
        try await serve { port, _ in
            try await RawConnection.open(port) { connection in
                try await connection.write(Self.opening)
                _ = try await connection.read("retry: 3000\n\n\r\n")
                streams.end(plugin: "another")
                #expect(streams.count == 1)
                streams.end(plugin: "ships")
                #expect(try await connection.read("never").contains(": ended: feature_disabled\n"))
            }
        }
    }

    @Test("One more stream than an account may have is 429; one that ends makes room")
    func limit() async throws {
        try await serve { port, _ in
            try await RawConnection.open(port) { first in
                try await first.write(Self.opening)
                _ = try await first.read("retry")
                try await RawConnection.open(port) { second in
                    try await second.write(Self.opening)
                    _ = try await second.read("retry")
                    try await RawConnection.open(port) { third in
                        try await third.write(Self.opening)
                        #expect(try await third.read("too_many_streams").hasPrefix("HTTP/1.1 429"))
                    }
                }
                while await told.next() != "over" {}
                try await RawConnection.open(port) { fourth in
                    try await fourth.write(Self.opening)
                    #expect(try await fourth.read("retry").hasPrefix("HTTP/1.1 200"))
                }
            }
        }
    }
}
