import KernelTesting
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

@testable import KernelRedis

/// The channel's handlers with bytes that a real server does not send, and with time that the test moves.
@Suite("Command channel") struct ChannelTests {
    /// A command's outcome, without a task.
    private final class Outcome: Sendable {
        let request: RedisRequest
        private let result = Mutex<Result<RedisValue, any Error>?>(nil)

        init(_ command: RedisCommand, due: NIODeadline) {
            request = RedisRequest(command: command.name, due: due)
            _ = request.wait { [self] result in self.result.withLock { $0 = result } }
        }

        /// `nil` while it waits.
        var value: RedisValue? { result.withLock { try? $0?.get() } }
        var code: RedisError.Code? {
            if case .failure(let error) = result.withLock({ $0 }) { (error as? RedisError)?.code } else { nil }
        }
    }

    private final class Bench {
        let loop = EmbeddedEventLoop()
        let queue = CommandQueue(limits: .init(commands: 10, bytes: 10_000))
        let channel: EmbeddedChannel
        let handler: CommandHandler

        init() throws {
            var configuration = try RedisConfiguration(url: "redis://h")
            configuration.commandDeadline = .seconds(1)
            configuration.idleInterval = .seconds(5)
            handler = CommandHandler(queue: queue, configuration: configuration, metrics: RedisMetrics())
            channel = EmbeddedChannel(loop: loop)
            try channel.pipeline.syncOperations.addHandlers([ReplyDecoder(limits: configuration.readerLimits), handler])
            try channel.connect(to: SocketAddress(unixDomainSocketPath: "/s")).wait()
            handler.start()
        }

        func receive(_ text: String) { _ = try? channel.writeInbound(ByteBuffer(string: text)) }

        func sent() -> String {
            var all = ""
            while let buffer = try? channel.readOutbound(as: ByteBuffer.self) { all += String(buffer: buffer) }
            return all
        }

        func submit(_ name: StaticString) throws -> Outcome {
            let command = RedisCommand(name)
            let outcome = Outcome(command, due: loop.now + .seconds(1))
            _ = try CommandFormatter.withBytes(of: command) { bytes throws(RedisError) in
                try queue.submit(outcome.request, bytes: bytes)
            }
            return outcome
        }

        func drain() { handler.drain() }
        func advance(_ amount: TimeAmount) { loop.advanceTime(by: amount) }
        var isActive: Bool { channel.isActive }
        func finish() { _ = try? channel.finish(acceptAlreadyClosed: true) }
    }

    @Test("commands that come together go out in one write, and answers find their commands in order")
    func order() throws {
        let bench = try Bench()
        let (first, second) = (try bench.submit("GET"), try bench.submit("DEL"))
        bench.drain()
        #expect(bench.sent() == "*1\r\n$3\r\nGET\r\n*1\r\n$3\r\nDEL\r\n")
        #expect(bench.queue.commandsInFlight == 2)
        bench.receive("$1\r\na\r")
        bench.receive("\n:1\r\n")
        #expect(first.value == .bytes([97]))
        #expect(second.value == .integer(1))
        #expect(bench.queue.commandsInFlight == 0)
        bench.finish()
    }

    @Test("an answer that nobody asked for ends the connection")
    func unasked() throws {
        let bench = try Bench()
        let asked = try bench.submit("GET")
        bench.drain()
        bench.receive("+OK\r\n+OK\r\n")
        #expect(asked.value == .status("OK"))
        #expect(!bench.isActive && !bench.queue.isOpen)
        bench.finish()
    }

    @Test("bytes that are not RESP end the connection and tell everybody who waits")
    func garbage() throws {
        let bench = try Bench()
        let (first, second) = (try bench.submit("GET"), try bench.submit("GET"))
        bench.drain()
        bench.receive("+OK\r\n<html>")
        #expect(first.value == .status("OK"))
        #expect(second.code == .protocolViolation)
        #expect(!bench.isActive)
        bench.finish()
    }

    @Test("the end of the connection: what was sent may have happened, what was not has not")
    func ends() throws {
        let bench = try Bench()
        let sent = try bench.submit("SET")
        bench.drain()
        let queued = try bench.submit("DEL")
        bench.finish()
        #expect(sent.code == .connectionLost)
        #expect(queued.code == .unavailable)
        #expect(throws: RedisError.self) {
            try CommandFormatter.withBytes(of: RedisCommand("GET")) { bytes throws(RedisError) in
                try bench.queue.submit(RedisRequest(command: "GET", due: .now()), bytes: bytes)
            }
        }
    }

    @Test("a late answer costs the connection: timeout for what is late, lost for what is not")
    func deadline() throws {
        let bench = try Bench()
        let late = try bench.submit("GET")
        bench.drain()
        bench.advance(.milliseconds(900))
        let inTime = try bench.submit("GET")
        bench.drain()
        #expect(bench.isActive)
        bench.advance(.milliseconds(100))
        #expect(!bench.isActive)
        #expect(late.code == .timeout)
        #expect(inTime.code == .connectionLost)
        bench.finish()
    }

    @Test("the deadline is each command's own")
    func answeredInTime() throws {
        let bench = try Bench()
        for _ in 0..<5 {
            let outcome = try bench.submit("GET")
            bench.drain()
            bench.advance(.milliseconds(700))
            bench.receive("$-1\r\n")
            #expect(outcome.value == .null)
        }
        #expect(bench.isActive)
        bench.finish()
    }

    @Test("a silent connection is asked, and given up when it does not answer")
    func idle() throws {
        let bench = try Bench()
        let ping = "*1\r\n$4\r\nPING\r\n"
        bench.advance(.seconds(5))
        #expect(bench.sent() == ping)
        bench.receive("+PONG\r\n")
        bench.advance(.seconds(5))
        #expect(bench.sent() == "", "it has just been heard")
        bench.advance(.seconds(5))
        #expect(bench.sent() == ping)
        bench.advance(.seconds(1))
        #expect(!bench.isActive)
        bench.finish()
    }

    @Test("closing waits for what is under way and refuses the rest")
    func closing() throws {
        let bench = try Bench()
        let underWay = try bench.submit("GET")
        bench.handler.close()
        #expect(bench.isActive && !bench.queue.isOpen)
        #expect(bench.sent() == "*1\r\n$3\r\nGET\r\n")
        bench.receive("$-1\r\n")
        #expect(underWay.value == .null)
        #expect(!bench.isActive)
        bench.finish()
    }
}
