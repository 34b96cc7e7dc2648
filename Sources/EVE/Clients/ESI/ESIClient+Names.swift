public import EVE
import NIOHTTP1

/// Names of ids, in batches.
///
/// One id that ESI does not know spoils a whole batch with a 404, which counts as an error. So a spoiled batch is halved
/// until the culprit is alone (``HalvingBatches``), culprits are remembered, and the number of errors spent on that is bounded.
extension ESIClient {
    static let batchSize = 1_000
    /// Errors that one call may cause, of a hundred that everybody on this address has per minute.
    static let maximumErrors = 30
    /// Ids from before 2010-11, of any of three kinds: this route is known to deny some that exist.
    static let ambiguous: Range<Int64> = 100_000_000..<2_100_000_000

    public func names(_ ids: [Int64]) async throws -> NameAnswer {
        var answer = NameAnswer()
        let now = time.uptime()
        var wanted: Set<Int64> = []
        for id in ids {
            if id <= 0 || id > Int64(Int32.max) || unknownIDs.contains(id, at: now) {
                answer.unknown.insert(id)
            } else {
                wanted.insert(id)
            }
        }
        let sorted = wanted.sorted()
        var batches = HalvingBatches(
            sorted.filter { !Self.ambiguous.contains($0) }, sorted.filter(Self.ambiguous.contains), size: Self.batchSize)
        while let batch = batches.next() {
            guard batches.errors < Self.maximumErrors else {
                answer.postpone(batch + batches.takeRest(), for: time.scaled(.seconds(60)))
                break
            }
            do {
                if let names = try await names(batch: batch) {
                    for id in batch {
                        if let name = names[id] { answer.names[id] = name } else { note(id, unknownIn: &answer) }
                    }
                } else if let culprit = batches.spoil(batch) {
                    batches.spend(try await askSingly(culprit, into: &answer))
                }
            } catch let error as ESIError {
                // The others would meet the same trouble.
                answer.postpone(batch + batches.takeRest(), for: error.retryAfter)
            }
        }
        return answer
    }

    private func note(_ id: Int64, unknownIn answer: inout NameAnswer) {
        answer.unknown.insert(id)
        unknownIDs.insert(id, at: time.uptime())
    }

    /// `nil` when an id in the batch is unknown to ESI.
    private func names(batch: [Int64]) async throws -> [Int64: EntityName]? {
        let body = "[" + batch.map(String.init).joined(separator: ",") + "]"
        let response = try await request("/universe/names", method: .POST, route: .legacy, body: Array(body.utf8))
        switch response.status {
        case 200: break
        case 404: return nil
        // A permanent refusal of the whole request must not make ids unknown: they are asked for again later.
        default: throw error(for: response)
        }
        guard let names = Self.decodeNames(response.body) else { throw ESIError(.unreadable, "ESI's names are unreadable") }
        return names
    }

    /// Asks the routes for characters, corporations and alliances about an id that only the route for names denies.
    ///
    /// - Returns: how many errors that cost.
    private func askSingly(_ id: Int64, into answer: inout NameAnswer) async throws -> Int {
        guard Self.ambiguous.contains(id) else {
            note(id, unknownIn: &answer)
            return 0
        }
        var errors = 0
        let routes: [(String, EntityName.Category)] = [
            ("characters", .character), ("corporations", .corporation), ("alliances", .alliance),
        ]
        for (path, category) in routes {
            let response = try await request("/\(path)/\(id)", route: .legacy)
            switch response.status {
            case 200:
                guard let name = Self.decodeName(response.body) else {
                    throw ESIError(.unreadable, "ESI's \(path) are unreadable")
                }
                answer.names[id] = EntityName(category: category, name: name)
                return errors
            case 400, 404, 422: errors += 1
            default: throw error(for: response)
            }
        }
        note(id, unknownIn: &answer)
        return errors
    }

    /// `[{"category", "id", "name"}]`; entries of a category we do not know are left out.
    static func decodeNames(_ body: [UInt8]) -> [Int64: EntityName]? {
        body.withUnsafeBytes { bytes in
            var scanner = JSONScanner(bytes)
            var names: [Int64: EntityName] = [:]
            do {
                try scanner.beginArray()
                while try scanner.nextElement() {
                    var (id, category, name): (Int64?, String?, String?) = (nil, nil, nil)
                    try scanner.beginObject()
                    while let key = try scanner.nextKey() {
                        if key.is("id") {
                            id = try scanner.integer()
                        } else if key.is("category") {
                            category = try scanner.string()
                        } else if key.is("name") {
                            name = try scanner.string()
                        } else {
                            try scanner.skipValue()
                        }
                    }
                    guard let id, let name, let category = category.flatMap(EntityName.Category.init) else { continue }
                    names[id] = EntityName(category: category, name: name)
                }
                try scanner.finish()
                return names
            } catch {
                return nil
            }
        }
    }

    private static func decodeName(_ body: [UInt8]) -> String? {
        body.withUnsafeBytes { bytes in
            var scanner = JSONScanner(bytes)
            do {
                try scanner.beginObject()
                while let key = try scanner.nextKey() {
                    if key.is("name") { return try scanner.string() }
                    try scanner.skipValue()
                }
                return nil
            } catch {
                return nil
            }
        }
    }
}

extension NameAnswer {
    fileprivate mutating func postpone(_ ids: [Int64], for pause: Duration?) {
        later.formUnion(ids)
        if let pause { retryAfter = max(retryAfter ?? .zero, pause) }
    }
}
