import HTTPTypes
import KernelAPI
import NIOCore

// What takes too long. One timer a connection looks every few seconds, instead of one per request and stage.
extension HTTPConnection: NIOScheduledCallbackHandler {
    func scheduleTick() { timer = try? loop?.scheduleCallback(in: limits.tick, handler: self) }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        guard phase != .closed else { return }
        check(.now())
        if phase != .closed { scheduleTick() }
    }

    private func check(_ now: NIODeadline) {
        let waiting = (try? context?.channel.syncOptions?.getOption(ChannelOptions.bufferedWritableBytes)) ?? 0
        if outgoing.hasStalled(waiting: waiting, now: now, limit: limits.stall) {
            return phase == .streaming ? drop() : abort()
        }
        switch phase {
        case .waiting: if waiting == 0, now - since >= limits.idle { close() }
        case .answering: checkExchange(now)
        case .streaming: beat(now)
        case .lingering: if now - since >= limits.linger { close() }
        case .finishing, .closed: break
        }
    }

    private func checkExchange(_ now: NIODeadline) {
        if case .reading? = exchange?.body {
            guard now - since >= limits.body else { return }
            exchange?.keepsAlive = false
            failBody(Problem(.requestTimeout, "body_too_slow", "The request's body took too long to arrive."))
        } else if now - since >= limits.handler {
            exchange?.task?.cancel()
            refuse(.tooSlow)
        }
    }
}
