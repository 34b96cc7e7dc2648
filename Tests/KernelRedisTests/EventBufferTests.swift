import Testing

@testable import KernelRedis

@Suite("Subscription buffer") struct EventBufferTests {
    private func message(_ number: Int) -> RedisSubscriptionEvent { .message(channel: "c", payload: [UInt8(number)]) }

    private func drain(_ buffer: EventBuffer) async -> [RedisSubscriptionEvent] {
        buffer.finish()
        var events: [RedisSubscriptionEvent] = []
        while let event = await buffer.next() { events.append(event) }
        return events
    }

    @Test("up to its limit it keeps everything, in order")
    func keeps() async {
        let buffer = EventBuffer(limit: 3)
        for number in 0..<3 { #expect(buffer.push(message(number)) == 0) }
        #expect(await drain(buffer) == [message(0), message(1), message(2)])
    }

    @Test("beyond it all are dropped for one hint to look again, and what follows is kept")
    func overflows() async {
        let buffer = EventBuffer(limit: 3)
        _ = buffer.push(.reconnected)
        for number in 0..<2 { _ = buffer.push(message(number)) }
        #expect(buffer.push(message(2)) == 3)
        _ = buffer.push(message(3))
        #expect(await drain(buffer) == [.reconnected, message(3)])
    }

    @Test("a waiting consumer gets the next event, or the end")
    func waits() async {
        let buffer = EventBuffer(limit: 3)
        async let event = buffer.next()
        _ = buffer.push(message(1))
        #expect(await event == message(1))
        async let end = buffer.next()
        buffer.finish()
        #expect(await end == nil)
        #expect(buffer.push(message(2)) == 0)
        #expect(await buffer.next() == nil)
    }

    @Test("a cancelled consumer stops waiting")
    func cancelled() async {
        let buffer = EventBuffer(limit: 3)
        let consumer = Task { await buffer.next() }
        consumer.cancel()
        #expect(await consumer.value == nil)
        _ = buffer.push(message(1))
        #expect(await buffer.next() == message(1))
    }
}
