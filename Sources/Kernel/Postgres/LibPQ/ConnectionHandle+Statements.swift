import CLibPQ
import KernelAPI

extension ConnectionHandle {
    func sendPrepare(name: String, text: String, types: [SQLType]) -> Bool {
        withUnsafeTemporaryAllocation(of: Oid.self, capacity: max(types.count, 1)) { identifiers in
            for (index, type) in types.enumerated() { identifiers[index] = type.rawValue }
            return PQsendPrepare(pointer, name, text, Int32(types.count), identifiers.baseAddress) == 1
        }
    }

    /// Sends a prepared statement with its parameters in binary and asks for binary results.
    func sendExecute(name: String, bindings: Bindings) -> Bool {
        let count = bindings.ranges.count
        guard count > 0 else { return PQsendQueryPrepared(pointer, name, 0, nil, nil, nil, 1) == 1 }
        return bindings.bytes.withUnsafeBufferPointer { bytes in
            withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: count) { values in
                withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * count) { numbers in
                    for (index, range) in bindings.ranges.enumerated() {
                        values.initializeElement(at: index, to: range.map { Self.address($0, in: bytes) })
                        numbers[index] = Int32(range?.count ?? 0)
                        numbers[count + index] = 1
                    }
                    guard let base = numbers.baseAddress else { return false }
                    return PQsendQueryPrepared(pointer, name, Int32(count), values.baseAddress, base, base + count, 1) == 1
                }
            }
        }
    }

    /// Where a parameter begins. Never null, which would mean NULL: an empty value may belong to an empty buffer.
    private static func address(_ range: Range<Int>, in bytes: UnsafeBufferPointer<UInt8>) -> UnsafePointer<CChar> {
        guard let base = bytes.baseAddress, !range.isEmpty else { return emptyValue }
        return UnsafeRawPointer(base + range.lowerBound).assumingMemoryBound(to: CChar.self)
    }

    /// One zero byte that lives as long as the process; written once, before anybody can read it.
    nonisolated(unsafe) private static let emptyValue: UnsafePointer<CChar> = {
        let byte = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
        byte.initialize(to: 0)
        return UnsafePointer(byte)
    }()
}
