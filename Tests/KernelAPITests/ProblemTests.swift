import HTTPTypes
import KernelAPI
import Testing

@Suite struct ProblemTests {
    @Test("One error is the message itself, several are counted")
    func messages() {
        let one = Problem.invalidRequest([.init(pointer: "query/a", message: "a is wrong")])
        #expect(one.message == "a is wrong")
        #expect(one.status == .badRequest && one.code == "invalid_request")
        let detail = Problem.Detail(pointer: "query/a", message: "a is wrong")
        #expect(Problem.invalidRequest([detail, detail]).message == "The request has 2 errors.")
        #expect(Problem.invalidRequest([]).message == "The request has 0 errors.")
        #expect(Problem.notFound("There is no such battle.").status == .notFound)
    }

    @Test("A redirection keeps the method and is not cached")
    func redirect() {
        let answer = Response.redirect(to: "/battles/7")
        #expect(answer.status == .permanentRedirect)
        #expect(answer.headers[.location] == "/battles/7")
        #expect(answer.headers[.cacheControl] == "no-store")
    }

    @Test("A plugin's name becomes an identifier")
    func pluginNames() {
        #expect(PluginName("battle-reports").identifier == "battle_reports")
        #expect(PluginName("a") < PluginName("b"))
    }
}
