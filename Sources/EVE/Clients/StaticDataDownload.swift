public import AsyncHTTPClient
import NIOCore
import NIOHTTP1

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Fetches the static data export, about 100 MB, into a file.
public struct StaticDataDownload: Sendable {
    /// Where CCP publishes the export.
    public static let defaultBaseURL = "https://developers.eveonline.com/static-data"

    /// A redirect to the newest build.
    public static func newest(below baseURL: String = defaultBaseURL) -> String {
        "\(baseURL)/eve-online-static-data-latest-jsonl.zip"
    }

    public struct Progress: Sendable, Hashable {
        public var bytes: Int
        /// `nil` when the server does not say.
        public var total: Int?
    }

    public enum Failure: Error, Sendable, Hashable, CustomStringConvertible {
        case status(Int)
        case tooLarge(limit: Int)
        case tooManyRedirects
        case incomplete(bytes: Int, expected: Int)
        case notWritable(String)
        case network(String)

        public var description: String {
            switch self {
            case .status(let status): "the static data cannot be downloaded (status \(status))"
            case .tooLarge(let limit): "the static data is larger than \(limit) bytes"
            case .tooManyRedirects: "the static data's address redirects too often"
            case .incomplete(let bytes, let expected): "the download ended after \(bytes) of \(expected) bytes"
            case .notWritable(let reason): "the static data cannot be written: \(reason)"
            case .network(let reason): "the static data cannot be downloaded: \(reason)"
            }
        }
    }

    private let client: HTTPClient
    private let identity: OutsideIdentity
    private let maximumSize: Int

    public init(client: HTTPClient, identity: OutsideIdentity, maximumSize: Int = 1024 * 1024 * 1024) {
        self.client = client
        self.identity = identity
        self.maximumSize = maximumSize
    }

    /// Downloads `url` to `path`, which is replaced only when everything has arrived.
    ///
    /// - Throws: ``Failure`` or `CancellationError`; no partial file is left.
    public func download(
        _ url: String = StaticDataDownload.newest(), to path: String, progress: @Sendable (Progress) -> Void = { _ in }
    ) async throws {
        let partial = "\(path).partial"
        let descriptor = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure.notWritable(String(cString: strerror(errno))) }
        do {
            defer { close(descriptor) }
            try await fetch(url, into: descriptor, progress: progress)
        } catch {
            unlink(partial)
            try Task.checkCancellation()
            if error is Failure || error is CancellationError { throw error }
            throw Failure.network((error as? HTTPClientError)?.shortDescription ?? "\(type(of: error))")
        }
        guard rename(partial, path) == 0 else {
            unlink(partial)
            throw Failure.notWritable(String(cString: strerror(errno)))
        }
    }

    private func fetch(_ url: String, into descriptor: CInt, progress: @Sendable (Progress) -> Void) async throws {
        let response = try await respond(to: url)
        let total = response.headers.first(name: "Content-Length").flatMap { Int($0) }
        if let total, total > maximumSize { throw Failure.tooLarge(limit: maximumSize) }
        var bytes = 0
        for try await buffer in response.body {
            bytes += buffer.readableBytes
            guard bytes <= maximumSize else { throw Failure.tooLarge(limit: maximumSize) }
            try write(buffer, to: descriptor)
            progress(Progress(bytes: bytes, total: total))
        }
        if let total, bytes < total { throw Failure.incomplete(bytes: bytes, expected: total) }
    }

    /// Follows redirects itself, whether or not the caller's client would.
    private func respond(to url: String) async throws -> HTTPClientResponse {
        var url = url
        for _ in 0..<5 {
            var request = HTTPClientRequest(url: url)
            request.headers.add(name: "User-Agent", value: identity.userAgent)
            let response = try await client.execute(request, deadline: .now() + .seconds(3600))
            switch response.status.code {
            case 200: return response
            case 301, 302, 303, 307, 308:
                guard let location = response.headers.first(name: "Location"), let next = Self.resolve(location, from: url) else {
                    throw Failure.status(Int(response.status.code))
                }
                url = next
            default: throw Failure.status(Int(response.status.code))
            }
        }
        throw Failure.tooManyRedirects
    }

    static func resolve(_ location: String, from url: String) -> String? {
        if location.hasPrefix("http://") || location.hasPrefix("https://") { return location }
        guard location.hasPrefix("/"), let scheme = url.firstRange(of: "://") else { return nil }
        let authority = url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }
        return "\(url[..<scheme.upperBound])\(authority)\(location)"
    }

    private func write(_ buffer: ByteBuffer, to descriptor: CInt) throws {
        var rest = buffer.readableBytesView[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { WriteBytes.write(descriptor, $0) }
            guard written > 0 else { throw Failure.notWritable(String(cString: strerror(errno))) }
            rest = rest.dropFirst(written)
        }
    }
}

private enum WriteBytes {
    static func write(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) -> Int {
        while true {
            #if canImport(Glibc)
                let written = Glibc.write(descriptor, bytes.baseAddress, bytes.count)
            #else
                let written = Darwin.write(descriptor, bytes.baseAddress, bytes.count)
            #endif
            if written >= 0 || errno != EINTR { return written }
        }
    }
}
