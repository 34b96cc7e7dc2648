import Logging

/// The owner's watch over its server.
///
/// The server is left to init when it starts, so it is nobody's child here: its death can only be looked for. Whoever killed it
/// (a person, the kernel when memory ran out) meant no end of battlescope, which would otherwise answer 503 until somebody looks.
extension ServerTenancy {
    /// Starts the server again whenever it is gone, until cancelled. Never gives up, but tries ever more seldom: what keeps a
    /// server from starting, such as a full disk, may pass.
    func supervise() async {
        var pause = Duration.zero
        var lastStart = ContinuousClock.now
        while !Task.isCancelled {
            // Cut short by the cancellation, which then ends the loop.
            try? await ContinuousClock().sleep(for: Watch.lookInterval)
            guard !Task.isCancelled, server.runningProcess() == nil else { continue }
            pause = ContinuousClock.now - lastStart > Watch.steadyAfter ? .zero : pause
            logger.error(
                "\(server.title) is gone, it will be started again", metadata: ["pauseSeconds": "\(pause.components.seconds)"])
            try? await ContinuousClock().sleep(for: pause)
            pause = min(max(pause * 2, Watch.firstPause), Watch.longestPause)
            do {
                try await restart()
                logger.notice("\(server.title) runs again")
            } catch  where Task.isCancelled {
                return
            } catch {
                logger.error("\(server.title) could not be started again", metadata: ["error": "\(error)"])
            }
            lastStart = .now
        }
    }

    private func restart() async throws {
        let change = try await waitForLock(server.folder.changeLock)
        defer { withExtendedLifetime(change) {} }
        // Somebody may have been quicker, such as a command that came to join the server and found none.
        if server.runningProcess() != nil, try await server.waitUntilReady() { return }
        try await server.start()
    }
}

private enum Watch {
    /// Two small system calls; a death is noticed within this.
    static let lookInterval = Duration.milliseconds(200)
    /// Before a start that follows closely on another; doubles up to the longest.
    static let firstPause = Duration.seconds(1)
    static let longestPause = Duration.seconds(30)
    /// A server that ran this long is not in a loop of crashes.
    static let steadyAfter = Duration.seconds(10)
}
