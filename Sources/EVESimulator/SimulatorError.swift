/// What can go wrong in the simulator itself; what it does to its clients on purpose is no error.
public enum SimulatorError: Error, Sendable, CustomStringConvertible {
    /// The address is taken by another program.
    case addressInUse(host: String, port: Int)
    case cannotListen(host: String, port: Int, reason: String)
    /// A line of a recording that is no killmail.
    case badRecording(file: String, line: Int, reason: String)
    case cannotRead(file: String, reason: String)
    case cannotWrite(file: String, reason: String)
    case badConfiguration(String)

    public var description: String {
        switch self {
        case .addressInUse(let host, let port):
            "cannot listen on \(host):\(port): another program uses this port; stop it, or use --listen \(host):PORT"
        case .cannotListen(let host, let port, let reason): "cannot listen on \(host):\(port): \(reason)"
        case .badRecording(let file, let line, let reason): "\(file), line \(line): no killmail: \(reason)"
        case .cannotRead(let file, let reason): "cannot read \(file): \(reason)"
        case .cannotWrite(let file, let reason): "cannot write \(file): \(reason)"
        case .badConfiguration(let reason): reason
        }
    }
}
