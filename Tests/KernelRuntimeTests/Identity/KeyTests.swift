import Foundation
import KernelTesting
import Testing

@testable import KernelRuntime

@Suite struct EncryptionKeyTests {
    private let first = "k1:" + Data(repeating: 1, count: 32).base64EncodedString()
    private let second = "k2:" + Data(repeating: 2, count: 32).base64EncodedString()

    @Test("What the first key encrypts all keys decrypt, for its owner only, with the key's id in front")
    func roundTrip() throws {
        let keys = try EncryptionKeys(text: "\(first),\(second)")
        let sealed = try keys.seal("token", for: Array("90000001".utf8))
        #expect(sealed.starts(with: [2] + Array("k1".utf8)) && sealed.count == 3 + 12 + 5 + 16)
        #expect(!sealed.contains(Array("token".utf8)))
        for text in [first, "\(second),\(first)"] {
            #expect(try EncryptionKeys(text: text).open(sealed, for: Array("90000001".utf8)) == "token")
        }
        #expect(keys.open(sealed, for: Array("90000002".utf8)) == nil)
        #expect(try EncryptionKeys(text: second).open(sealed, for: Array("90000001".utf8)) == nil)
        #expect(try keys.seal("token", for: []) != keys.seal("token", for: []), "a nonce is used once")
    }

    @Test("Nothing that was altered or cut is decrypted, and nothing crashes")
    func damage() throws {
        let keys = try EncryptionKeys(text: first)
        let sealed = try keys.seal("token", for: [1])
        for index in sealed.indices {
            var altered = sealed
            altered[index] ^= 1
            #expect(keys.open(altered, for: [1]) == nil)
        }
        for length in sealed.indices { #expect(keys.open(Array(sealed.prefix(length)), for: [1]) == nil) }
        #expect(keys.open([255] + sealed, for: [1]) == nil)
    }

    @Test(
        "Keys that are none are refused without being shown",
        arguments: [
            "", "hunter2", "k1:hunter2", "k1:", ":aaaa", "K1:\(Data(repeating: 7, count: 32).base64EncodedString())",
            "k1:aHVudGVyMg==",
        ])
    func refused(_ text: String) {
        let error = #expect(throws: ConfigurationError.self) { try EncryptionKeys(text: text) }
        #expect(error?.description.contains("hunter2") == false && error?.description.contains("openssl rand") == true)
        #expect(throws: ConfigurationError.self) { try EncryptionKeys(text: "\(first),\(text)") }
    }

    @Test("An id stands for one key")
    func twins() { #expect(throws: ConfigurationError.self) { try EncryptionKeys(text: "\(first),\(first)") } }

    @Test("Secrets do not show themselves")
    func hidden() throws {
        let (keys, token, secret) = (try EncryptionKeys(text: first), SecretToken.random(), Secret("hunter2"))
        var dumped = ""
        dump((keys, token, secret), to: &dumped)
        for text in ["\(keys)", "\(token)", "\(secret)", String(reflecting: secret), String(reflecting: token), dumped] {
            #expect(!text.contains("hunter2") && !text.contains(token.text) && !text.contains("AQEB"), "\(text)")
        }
    }

    @Test("An embedded installation makes its key once, readable by its owner only")
    func file() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "keys-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let sealed = try EncryptionKeyFile.keys(in: folder).seal("token", for: [1])
        #expect(try EncryptionKeyFile.keys(in: folder).open(sealed, for: [1]) == "token")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["encryption-keys"])
        let path = folder + "/encryption-keys"
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        #expect(throws: ConfigurationError.self) { try EncryptionKeyFile.keys(in: folder) }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        try Data("rubbish".utf8).write(to: URL(filePath: path))
        #expect(throws: ConfigurationError.self) { try EncryptionKeyFile.keys(in: folder) }
    }
}

@Suite struct PublicURLTests {
    @Test(
        "The origin is written as browsers write it",
        arguments: [
            ("https://Battles.Example.org", "https://battles.example.org"), ("https://b.example:443/", "https://b.example"),
            ("http://b.example:80", "http://b.example"), ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ])
    func origins(_ text: String, _ origin: String) { #expect(PublicURL(text)?.origin == origin) }

    @Test(
        "What is no address of a site is refused",
        arguments: ["", "battles", "ftp://x", "https://", "https://x/path", "https://x?q", "https://x#f", "https://u:p@x", "//x"])
    func refused(_ text: String) { #expect(PublicURL(text) == nil) }

    @Test("Untold, it is where the server listens")
    func derived() throws {
        for (address, url) in [
            ("127.0.0.1:0", "http://127.0.0.1:4711"), ("0.0.0.0:0", "http://127.0.0.1:4711"), ("[::1]:0", "http://[::1]:4711"),
        ] {
            #expect(PublicURL(listening: try #require(ListenAddress(address)), port: 4_711).origin == url)
        }
        let address = PublicAddress(nil)
        #expect(throws: KernelMisuse.self) { try address.url }
        let first = try #require(PublicURL("https://a.example"))
        #expect(address.settle(first) == first)
        #expect(address.settle(try #require(PublicURL("https://b.example"))) == first)
    }

    @Test(
        "A wanted path is this server's",
        arguments: ["/", "/battles", "/battles?a=b&c=%2F%2F", "/a?next=https://x", "/a#//x", "/%2e%2e", "/a;b=c"])
    func wanted(_ path: String) { #expect(WantedPath(path)?.text == path) }

    @Test(
        "What leads elsewhere is none",
        arguments: [
            "", "a", "//x", "///x", "/\\x", "\\\\x", "/a//b", "https://x", "/a\u{0}", "/a\nb", "/a b", "/ä", "/\u{7F}",
            "/" + String(repeating: "a", count: 2_048),
        ])
    func unwanted(_ path: String) { #expect(WantedPath(path) == nil) }
}
