import AsyncHTTPClient
import EVEClients
import Foundation
import NIOCore

/// The people of the simulated New Eden, by the keys that stay the same for every seed.
enum SimulatedCharacter {
    private struct Description: Decodable {
        let id: Int64
    }

    /// Asks the simulator, which must be on this machine: nobody gives rights to somebody else's characters by a nickname.
    ///
    /// - Parameter key: `fc`, `director`...
    static func id(of key: String, _ program: Program) async throws -> Int64 {
        let signOn = program.settings.identity.signOnURL
        guard OutsideTime.isLoopback(signOn) else {
            throw CommandFailure(
                .configuration, "--simulated works with a simulator on this machine only, and SSO_URL is \(signOn).")
        }
        guard key.wholeMatch(of: /[a-z0-9]{1,40}/) != nil else {
            throw CommandFailure(.usage, "\(key) is no simulated character")
        }
        let client = HTTPClient(eventLoopGroupProvider: .singleton)
        let result: Result<Int64, any Error>
        do { result = .success(try await ask("\(signOn)/characters/\(key)", client)) } catch { result = .failure(error) }
        try await client.shutdown()
        return try result.get()
    }

    private static func ask(_ url: String, _ client: HTTPClient) async throws -> Int64 {
        let answer: HTTPClientResponse
        do {
            answer = try await client.execute(HTTPClientRequest(url: url), timeout: .seconds(10))
        } catch {
            throw CommandFailure(.unavailable, "The simulator does not answer at \(url): \(error)")
        }
        let body = try await answer.body.collect(upTo: 64 * 1024)
        guard let found = try? JSONDecoder().decode(Description.self, from: Data(body.readableBytesView))
        else { throw CommandFailure(.usage, "The simulator has no such character: \(url)") }
        return found.id
    }
}
