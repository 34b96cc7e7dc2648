import NIOCore
import NIOPosix
import NIOSSL

/// Makes connections: name resolution, TCP or a Unix socket, TLS, handshake.
struct RedisConnector: Sendable {
    let configuration: RedisConfiguration
    let eventLoop: any EventLoop

    /// - Parameter makeHandler: the end of the pipeline; called on the event loop.
    /// - Returns: the channel, when the server has answered the handshake; fails with ``RedisError``.
    func connect(_ makeHandler: @escaping @Sendable () -> any ChannelHandler) -> EventLoopFuture<any Channel> {
        securityContext().flatMap { context in connect(context, makeHandler) }
            .flatMapErrorThrowing { error in
                throw error as? RedisError ?? RedisError(.unavailable, Self.explain(error))
            }
    }

    private func connect(
        _ security: NIOSSLContext?, _ makeHandler: @escaping @Sendable () -> any ChannelHandler
    ) -> EventLoopFuture<any Channel> {
        let ready = eventLoop.makePromise(of: Void.self)
        let deadline = TimeAmount(configuration.connectDeadline)
        let bootstrap = ClientBootstrap(group: eventLoop).connectTimeout(deadline)
            .channelInitializer { [configuration] channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let security {
                        try pipeline.addHandler(
                            NIOSSLClientHandler(context: security, serverHostname: configuration.endpoint.serverName))
                    }
                    try pipeline.addHandlers([
                        ReplyDecoder(limits: configuration.readerLimits),
                        HandshakeHandler(steps: Handshake.steps(configuration), deadline: deadline, done: ready),
                        makeHandler(),
                    ])
                }
            }
        let connecting =
            switch configuration.endpoint.address {
            case .tcp(let host, let port): bootstrap.connect(host: host, port: port)
            case .unix(let path): bootstrap.connect(unixDomainSocketPath: path)
            }
        // Without a channel nobody else would keep the promise.
        connecting.whenFailure { ready.fail($0) }
        return connecting.and(ready.futureResult).map { channel, _ in channel }
    }

    /// Reads certificates, so on a thread that may block; each time, because authorities are replaced.
    private func securityContext() -> EventLoopFuture<NIOSSLContext?> {
        let endpoint = configuration.endpoint
        guard endpoint.usesTLS else { return eventLoop.makeSucceededFuture(nil) }
        return NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) {
            var settings = TLSConfiguration.makeClientConfiguration()
            if let file = endpoint.authorityFile { settings.trustRoots = .file(file) }
            return try NIOSSLContext(configuration: settings)
        }
    }

    /// NIO's errors, in words that are short and hold no data.
    private static func explain(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            let reasons = error.connectionErrors.map { "\($0.error)" }
            let reason = reasons.first ?? (error.dnsAError ?? error.dnsAAAAError).map { "\($0)" } ?? "no address"
            return "cannot connect: \(reason)"
        case ChannelError.connectTimeout: return "cannot connect: no answer within the deadline"
        default: return "cannot connect: \(error)"
        }
    }
}

extension RedisEndpoint {
    /// What the server's certificate must be for; `nil` for an address, which is then looked for in the certificate itself.
    var serverName: String? {
        guard case .tcp(let host, _) = address, (try? SocketAddress(ipAddress: host, port: 0)) == nil else { return nil }
        return host
    }
}
