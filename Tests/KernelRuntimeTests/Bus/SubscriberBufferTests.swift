import Foundation
import KernelAPI
import KernelTesting
import Testing

@testable import KernelRuntime

@Suite(.timeLimit(.minutes(10))) struct SubscriberBufferTests {
    private func event(_ number: Int64) -> BusEvent { BusEvent(number: number, topic: "test.tallied", payload: [], time: .now) }

    @Test(
        "Whatever the pace of both sides: events in order, a gap only behind a resync that names where it goes on",
        arguments: 1...20)
    func model(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let capacity = Int.random(in: 1...8, using: &random)
        let buffer = SubscriberBuffer(capacity: capacity)
        var offered: Int64 = 0
        var (received, dropped, resyncs) = (0, 0, 0)
        // The number that must come next; nil behind a resync, whose event tells.
        var expected: Int64 = 1
        for _ in 0..<400 {
            if Bool.random(using: &random) {
                offered += 1
                let lost = buffer.offer(event(offered))
                if lost > 0 {
                    #expect(lost == capacity || lost == capacity - 1, "a resync takes a place, too")
                    try #require(buffer.count == 2, "the resync and the event")
                }
                dropped += lost
                #expect(buffer.count <= max(capacity, 2))
            } else if buffer.count > 0 {
                switch try #require(await buffer.next()) {
                case .event(let event):
                    #expect(event.number == expected)
                    expected = event.number + 1
                    received += 1
                case .resync(let next):
                    #expect(next > expected || buffer.count > 0)
                    expected = next
                    resyncs += 1
                }
            }
        }
        while buffer.count > 0, let delivery = await buffer.next() {
            if case .event(let event) = delivery {
                #expect(event.number == expected)
                expected = event.number + 1
                received += 1
            } else if case .resync(let next) = delivery {
                expected = next
            }
        }
        #expect(received + dropped == Int(offered) && expected == offered + 1)
        #expect(capacity > 3 || resyncs > 0)
    }

    @Test("A reader that waits gets the next event, and nothing more when its task or the subscription has ended")
    func ends() async throws {
        let buffer = SubscriberBuffer(capacity: 3)
        async let waiting = buffer.next()
        try await until { buffer.offer(event(1)) == 0 }
        guard case .event(let first)? = await waiting else { return #expect(Bool(false), "no event") }
        #expect(first.number == 1)
        let reader = Task { await buffer.next() }
        reader.cancel()
        #expect(await reader.value == nil)
        #expect(buffer.offer(event(2)) == 0)
        #expect(await buffer.next() == nil)
    }
}
