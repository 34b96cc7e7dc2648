import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// Carries requests from the wire to the services, and their answers back, with the faults of transport.
struct SimulatorResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    /// By the first component of the path.
    let services: [String: any SimulatedService]

    /// The largest request body that is read; names for 1,000 ids are 20 kB.
    private static let maximalBody = 1 << 20

    struct Interrupted: Error {}

    func respond(to request: Request, context: Context) async throws -> Response {
        var components = request.uri.path.split(separator: "/").map { String($0).removingPercentEncoding ?? String($0) }
        if components == ["healthz"] { return response(Reply(status: 200)) }
        guard let name = components.first, let service = services[name] else {
            return response(.error(404, "there is no such service; there are: \(services.keys.sorted().joined(separator: ", "))"))
        }
        components.removeFirst()
        var headers: [String: String] = [:]
        for field in request.headers { headers[field.name.canonicalName] = field.value }
        var request = request
        let body = request.method == .get ? ByteBuffer() : try await request.collectBody(upTo: Self.maximalBody)
        let query = Dictionary(
            request.uri.queryParameters.map { (String($0.key), String($0.value)) }, uniquingKeysWith: { first, _ in first })
        let seen = SimulatedRequest(
            method: request.method.rawValue, path: components, query: query, rawQuery: request.uri.query ?? "",
            authority: request.head.authority ?? "127.0.0.1", headers: headers, body: Array(body.readableBytesView))
        return response(service.reply(to: seen))
    }

    private func response(_ reply: Reply) -> Response {
        var fields = HTTPFields()
        for (name, value) in reply.headers {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        return Response(status: .init(code: reply.status), headers: fields, body: body(of: reply))
    }

    private func body(of reply: Reply) -> ResponseBody {
        switch reply.delivery {
        case .whole:
            return ResponseBody(byteBuffer: ByteBuffer(bytes: reply.body))
        case .cut(let share):
            let sent = reply.body.prefix(Int(Double(reply.body.count) * share))
            return ResponseBody(contentLength: reply.body.count) { writer in
                try await writer.write(ByteBuffer(bytes: sent))
                throw Interrupted()
            }
        case .trickled(let seconds):
            let size = max(1, (reply.body.count + 9) / 10)
            return ResponseBody(contentLength: reply.body.count) { writer in
                for start in stride(from: 0, to: reply.body.count, by: size) {
                    try await Task.sleep(for: .seconds(seconds / 10))
                    try await writer.write(ByteBuffer(bytes: reply.body[start..<min(start + size, reply.body.count)]))
                }
                try await writer.finish(nil)
            }
        }
    }
}
