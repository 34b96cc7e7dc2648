import KernelTesting
import NIOCore
import Testing

@testable import KernelRedis

@Suite("Reply reader") struct ReplyReaderTests {
    static let limits = ReplyReader.Limits(bytes: 1_000_000, elements: 1_000)

    /// Every kind of reply, one after the other, and what they mean.
    static let wire = Array(
        ("+OK\r\n-ERR no\r\n:-42\r\n$-1\r\n*-1\r\n$0\r\n\r\n*0\r\n$7\r\na\r\nb\u{0}c*\r\n"
            + "*4\r\n:1\r\n*2\r\n+in\r\n*1\r\n$2\r\nit\r\n-MOVED x\r\n$-1\r\n:9223372036854775807\r\n").utf8)
    static let meaning: [RedisValue] = [
        .status("OK"), .error("ERR no"), .integer(-42), .null, .null, .bytes([]), .array([]), .bytes(Array("a\r\nb\u{0}c*".utf8)),
        .array([.integer(1), .array([.status("in"), .array([.bytes(Array("it".utf8))])]), .error("MOVED x"), .null]),
        .integer(.max),
    ]

    private func read(_ pieces: [[UInt8]], limits: ReplyReader.Limits = limits) throws -> [RedisValue] {
        let reader = try ReplyReader(limits: limits)
        var values: [RedisValue] = []
        for piece in pieces {
            try reader.feed(ByteBuffer(bytes: piece))
            while let value = try reader.next() { values.append(value) }
        }
        return values
    }

    private func failure(_ text: String, limits: ReplyReader.Limits = limits) -> RedisError.Code? {
        do {
            _ = try read([Array(text.utf8)], limits: limits)
            return nil
        } catch {
            return (error as? RedisError)?.code
        }
    }

    @Test("every kind of reply is read")
    func kinds() throws { #expect(try read([Self.wire]) == Self.meaning) }

    @Test("wherever the network cuts, the replies are the same")
    func cuts() throws {
        #expect(try read(Self.wire.map { [$0] }) == Self.meaning)
        for first in 0..<Self.wire.count {
            for second in stride(from: first, to: Self.wire.count, by: 7) {
                let pieces = [Self.wire[..<first], Self.wire[first..<second], Self.wire[second...]].map(Array.init)
                #expect(try read(pieces) == Self.meaning)
            }
        }
    }

    @Test("broken bytes end in replies or in an error, never in a crash or a loop")
    func fuzz() throws {
        var random = SeededGenerator(seed: 20_261_107)
        var errors = 0
        for _ in 0..<20_000 {
            var bytes = Self.wire
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[index] = UInt8.random(in: .min ... .max, using: &random)
                case 1: bytes[index] = Array("+-:$*\r\n0129".utf8).randomElement(using: &random) ?? 0
                case 2: bytes.remove(at: index)
                default: bytes.insert(UInt8.random(in: 48...57, using: &random), at: index)
                }
            }
            let cut = Int.random(in: 0...bytes.count, using: &random)
            do { _ = try read([Array(bytes[..<cut]), Array(bytes[cut...])]) } catch is RedisError { errors += 1 }
        }
        #expect(errors > 10_000)
    }

    @Test(
        "what is not RESP2 is a protocol violation",
        arguments: [
            "HTTP/1.1 400 Bad Request\r\n", ":12x\r\n", "$-2\r\n", "$99999999999999999999\r\n", "*x\r\n", "%1\r\n+a\r\n+b\r\n",
        ])
    func notRedis(text: String) { #expect(failure(text) == .protocolViolation) }

    @Test("arrays nest seven deep and no deeper")
    func depth() throws {
        let nested = { (depth: Int) in String(repeating: "*1\r\n", count: depth) + ":1\r\n" }
        #expect(try read([Array(nested(7).utf8)]).count == 1)
        #expect(failure(nested(9)) == .protocolViolation)
    }

    @Test("an array's head that promises too much reserves nothing")
    func elements() throws {
        let limits = ReplyReader.Limits(bytes: 10_000, elements: 100)
        #expect(failure("*2147483647\r\n", limits: limits) == .tooLarge)
        #expect(failure("*101\r\n", limits: limits) == .tooLarge)
        #expect(failure("*2\r\n*60\r\n" + String(repeating: ":1\r\n", count: 60) + "*60\r\n", limits: limits) == .tooLarge)
        // Each reply has the whole limit to itself.
        let hundred = Array(("*100\r\n" + String(repeating: ":1\r\n", count: 100)).utf8)
        #expect(try read([hundred + hundred, hundred], limits: limits).count == 3)
    }

    @Test("a reply beyond the limit is an error, however it comes; many small ones are not")
    func bytes() throws {
        let limits = ReplyReader.Limits(bytes: 1_000, elements: 1_000)
        #expect(failure("$995\r\n" + String(repeating: "x", count: 995) + "\r\n", limits: limits) == .tooLarge)
        #expect(failure("$900000\r\n" + String(repeating: "x", count: 1_100), limits: limits) == .tooLarge)
        #expect(failure("+" + String(repeating: "x", count: 1_100), limits: limits) == .tooLarge)
        #expect(failure("*300\r\n" + String(repeating: ":123\r\n", count: 200), limits: limits) == .tooLarge)
        let small = Array(("$900\r\n" + String(repeating: "x", count: 900) + "\r\n").utf8)
        #expect(try read([small + small + small, Array(small[..<500]), Array(small[500...]) + small], limits: limits).count == 5)
    }
}
