import CHiredis
import NIOCore

/// hiredis's reply reader: bytes in, replies out, cut wherever the network cut them.
///
/// `redisReader` is not thread-safe; the one channel handler that owns this feeds it, on its event loop.
final class ReplyReader {
    struct Limits: Sendable {
        /// Of one reply as it comes over the wire.
        let bytes: Int
        /// Of one reply, nested ones included: hiredis reserves memory for as many as an array's head promises.
        let elements: Int
    }

    private let reader: UnsafeMutablePointer<redisReader>
    /// How many elements the reply under way may still have; hiredis hands it to `createArray`.
    private let budget: UnsafeMutablePointer<Int>
    private let limits: Limits
    /// Of the reply under way, parsed already or not.
    private var byteCount = 0

    init(limits: Limits) throws(RedisError) {
        guard let reader = redisReaderCreate() else { throw RedisError(.protocolViolation, "out of memory for a reply reader") }
        self.reader = reader
        self.limits = limits
        budget = .allocate(capacity: 1)
        budget.initialize(to: limits.elements)
        if let functions = ReplyFunctions.bounded {
            reader.pointee.fn = functions.table
            reader.pointee.privdata = UnsafeMutableRawPointer(budget)
        }
    }

    deinit {
        redisReaderFree(reader)
        budget.deallocate()
    }

    /// Takes what the network brought; ``next()`` until `nil` has to follow.
    func feed(_ buffer: ByteBuffer) throws(RedisError) {
        byteCount += buffer.readableBytes
        let status = buffer.withUnsafeReadableBytes { bytes in
            redisReaderFeed(reader, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        guard status == REDIS_OK else { throw failure }
    }

    /// The next complete reply; `nil` when more has to come first. After an error the reader is of no more use.
    func next() throws(RedisError) -> RedisValue? {
        var reply: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &reply) == REDIS_OK else { throw failure }
        guard let reply else {
            if byteCount > limits.bytes { throw Self.tooLarge }
            return nil
        }
        defer { freeReplyObject(reply) }
        let left = Int(reader.pointee.len) - Int(reader.pointee.pos)
        if byteCount - left > limits.bytes { throw Self.tooLarge }
        byteCount = left
        budget.pointee = limits.elements
        return try Self.value(reply.assumingMemoryBound(to: redisReply.self).pointee)
    }

    // MARK: Details

    private static var tooLarge: RedisError { RedisError(.tooLarge, "a reply was larger than the limit") }

    private var failure: RedisError {
        if reader.pointee.err == REDIS_ERR_OOM { return Self.tooLarge }
        let text = withUnsafePointer(to: &reader.pointee.errstr) {
            $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: $0.pointee)) { String(cString: $0) }
        }
        return RedisError(.protocolViolation, "the server does not speak RESP2: \(text)")
    }

    /// Recursion is bounded: the reader refuses arrays that are nested more than seven deep.
    private static func value(_ reply: redisReply) throws(RedisError) -> RedisValue {
        switch reply.type {
        case REDIS_REPLY_NIL: return .null
        case REDIS_REPLY_INTEGER: return .integer(reply.integer)
        case REDIS_REPLY_STATUS: return .status(text(reply))
        case REDIS_REPLY_ERROR: return .error(text(reply))
        case REDIS_REPLY_STRING: return .bytes([UInt8](bytes(reply)))
        case REDIS_REPLY_ARRAY:
            var values: [RedisValue] = []
            values.reserveCapacity(Int(reply.elements))
            for index in 0..<Int(reply.elements) {
                guard let element = reply.element?[index] else {
                    throw RedisError(.protocolViolation, "an array lacks an element")
                }
                values.append(try value(element.pointee))
            }
            return .array(values)
        default: throw RedisError(.protocolViolation, "a reply of type \(reply.type), which RESP2 does not have")
        }
    }

    private static func bytes(_ reply: redisReply) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: reply.str, count: reply.str == nil ? 0 : Int(reply.len))
    }

    private static func text(_ reply: redisReply) -> String { String(decoding: bytes(reply), as: UTF8.self) }
}

/// hiredis's functions that make replies, with a bound on the number of elements.
// Written once, before anybody reads it; hiredis only reads it.
private struct ReplyFunctions: @unchecked Sendable {
    let table: UnsafeMutablePointer<redisReplyObjectFunctions>
    private let original: redisReplyObjectFunctions

    static let bounded = ReplyFunctions()

    private init?() {
        guard let reader = redisReaderCreate() else { return nil }
        defer { redisReaderFree(reader) }
        guard let functions = reader.pointee.fn else { return nil }
        original = functions.pointee
        table = .allocate(capacity: 1)
        table.initialize(to: functions.pointee)
        table.pointee.createArray = { task, count in
            guard let budget = task?.pointee.privdata?.assumingMemoryBound(to: Int.self), Int(count) <= budget.pointee else {
                return nil
            }
            budget.pointee -= Int(count)
            return ReplyFunctions.bounded?.original.createArray?(task, count)
        }
    }
}
