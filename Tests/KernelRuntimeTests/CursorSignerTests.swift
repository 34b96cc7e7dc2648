import HTTPTypes
import KernelAPI
import Testing

@testable import KernelRuntime

@Suite struct CursorSignerTests {
    private let signer = HMACCursorSigner(key: Array(0..<32))

    @Test("What was sealed is opened, for its own scope and key only")
    func roundTrip() throws {
        for payload in ["", "7", "2026-11-23T18:00:00Z|42", "😀\u{0}"] {
            let cursor = signer.seal(payload, scope: "battles?limit=5")
            #expect(try signer.open(cursor, scope: "battles?limit=5") == payload)
            #expect(cursor.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
            #expect(throws: Problem.self) { try signer.open(cursor, scope: "battles?limit=6") }
            #expect(throws: Problem.self) { try HMACCursorSigner(key: Array(1..<33)).open(cursor, scope: "battles?limit=5") }
        }
        // Scope and payload do not run into each other.
        #expect(throws: Problem.self) { try signer.open(signer.seal("bc", scope: "a"), scope: "ab") }
    }

    @Test("Every flipped bit is refused, also those that base64 does not use")
    func flippedBits() throws {
        for payload in ["12", "123", "1234"] {
            let cursor = Array(signer.seal(payload, scope: "s").utf8)
            for index in cursor.indices {
                for bit in 0..<8 {
                    var damaged = cursor
                    damaged[index] ^= 1 << UInt8(bit)
                    let text = String(decoding: damaged, as: UTF8.self)
                    #expect(throws: Problem.self, "\(text)") { try signer.open(text, scope: "s") }
                }
            }
        }
    }

    @Test("Garbage is a 400 that says what to do, never a crash")
    func garbage() {
        for text in ["", "=", "====", "a", "é", String(repeating: "A", count: 5_000), "+/+/", "A A A"] {
            let problem = #expect(throws: Problem.self) { try signer.open(text, scope: "s") }
            #expect(problem?.status == .badRequest && problem?.errors.first?.pointer == "query/cursor")
        }
    }
}
