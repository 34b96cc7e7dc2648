import Foundation
import Testing

@testable import EVE

@Suite("Files of killmails")
struct KillmailLinesTests {
    @Test("are read in order on all cores, bad lines being reported with their numbers")
    func readsAll() async throws {
        var lines = (1...5_000).map { Samples.mail(id: "\($0)") }
        lines[99] = "{\"killmail_id\":"
        lines[4_000] = ""
        lines[4_999] = Samples.mail(id: "5000", victim: "{\"damage_taken\":-5}")
        let path = try Samples.temporaryFile(lines.joined(separator: "\n").utf8)
        let result = try await KillmailLines.readAll(path: path, now: Samples.now)
        #expect(result.values.map(\.id.rawValue) == (1...4_999).filter { $0 != 100 && $0 != 4_001 }.map(Int64.init))
        #expect(result.errors.map(\.line) == [100, 5_000])
        #expect(result.errors.map(\.error.code) == [.truncated, .negativeDamage])
        #expect(result.errorCount == 2)
        await #expect(throws: KillmailLineError.self) {
            try await KillmailLines.readAll(path: path, now: Samples.now, stopAtError: true)
        }
        let ids = try await KillmailLines.readAll(path: path, now: Samples.now) { $0.id }
        #expect(ids.values == result.values.map(\.id))
        #expect(ids.errors == result.errors)
    }

    @Test("are read one by one in bounded memory")
    func readsOneByOne() throws {
        let text = Samples.mail(id: "1") + "\n\n" + Samples.mail(id: "2") + "\r\nnonsense\n"
        var reader = try KillmailLineReader(path: try Samples.temporaryFile(text.utf8), now: Samples.now)
        var found: [Int: Int64?] = [:]
        while let line = try reader.next() { found.updateValue((try? line.result.get())?.id.rawValue, forKey: line.number) }
        #expect(found == [1: 1, 3: 2, 4: nil])
    }

    @Test("that do not exist say so")
    func missing() {
        let error = #expect(throws: FileFormatError.self) { try KillmailLineReader(path: "/nonexistent/kills", now: Samples.now) }
        #expect(error?.code == .notFound)
    }

    private static let hello = [UInt8](Data(base64Encoded: "H4sIAAAAAAACA8tIzcnJV8hAkFwAO3yK3xIAAAA=") ?? Data())

    @Test("may be gzip, in several members")
    func inflates() throws {
        #expect(try Gzip.inflate(Self.hello + Self.hello, limit: 1_000) == Array("hello hello hello\nhello hello hello\n".utf8))
        var chunks = LineChunks(try ByteReader(path: try Samples.temporaryFile(Self.hello + Self.hello)), chunkSize: 7)
        var lines: [Int] = []
        while let chunk = try chunks.next() { chunk.forEachLine { bytes, line in lines += [line, bytes.count] } }
        #expect(lines == [1, 17, 2, 17])
    }

    @Test("that are damaged gzip are an error, cut off anywhere")
    func refusesDamagedGzip() throws {
        for count in 2..<Self.hello.count {
            #expect(throws: FileFormatError.self) { try Gzip.inflate(Array(Self.hello.prefix(count)), limit: 1_000) }
        }
        #expect(throws: FileFormatError(.tooLarge, "more than 17 bytes")) { try Gzip.inflate(Self.hello, limit: 17) }
        let path = try Samples.temporaryFile(Self.hello.prefix(20))
        var reader = try KillmailLineReader(path: path, now: Samples.now)
        #expect(throws: FileFormatError.self) { while try reader.next() != nil {} }
    }
}
