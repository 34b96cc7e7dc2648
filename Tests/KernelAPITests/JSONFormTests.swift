import Foundation
import HTTPTypes
import KernelAPI
import Testing

@Suite struct JSONFormTests {
    private struct Hull: JSONRepresentable {
        let id: Int64
        let name: String?

        static let json = JSONForm<Hull>("Hull") { form in
            form.id("id") { $0.id }
            form.text("name") { $0.name }
        }
    }

    private struct Ship: JSONRepresentable {
        let hull: Hull
        let escorts: [Hull]
        let built: Date?

        static let json = JSONForm<Ship>("Ship") { form in
            form.members(of: Hull.json) { $0.hull }
            form.array("escorts") { $0.escorts }
            form.time("built") { $0.built }
        }
    }

    private func text(_ value: some JSONRepresentable) -> String { String(decoding: value.jsonBytes, as: UTF8.self) }

    private func names(_ schema: JSONSchema) -> [String] {
        guard case .object(let properties) = schema else { return [] }
        return properties.map(\.name)
    }

    @Test("A form can have another one's members beside its own")
    func members() {
        let ship = Ship(hull: Hull(id: 1, name: nil), escorts: [Hull(id: 2, name: "a")], built: nil)
        #expect(text(ship) == #"{"id":"1","name":null,"escorts":[{"id":"2","name":"a"}],"built":null}"#)
        #expect(names(Ship.json.schema) == ["id", "name", "escorts", "built"])
    }

    @Test("A page and a listing write what their form says, without making it")
    func lists() {
        let hulls = [Hull(id: 1, name: "a"), Hull(id: 2, name: nil)]
        for cursor in ["next", nil] {
            let page = Page(items: hulls, nextCursor: cursor)
            var json = JSONWriter()
            Page<Hull>.json.write(page, to: &json)
            #expect(page.jsonBytes == json.bytes)
        }
        var json = JSONWriter()
        Listing<Hull>.json.write(Listing(hulls), to: &json)
        #expect(Listing(hulls).jsonBytes == json.bytes)
        #expect(names(Page<Hull>.json.schema) == ["items", "nextCursor", "hasMore"])
        #expect(Page<Hull>.json.name == "HullPage" && Listing<Hull>.json.name == "HullList")
    }

    @Test("Members whose names are only known later are written like others, in any depth")
    func named() {
        var json = JSONWriter()
        json.object { json in
            json.member(named: "a\"b") { $0.value(1) }
            json.member(named: "c") { $0.object { $0.member(named: "d") { $0.array([true, false]) { $0.value($1) } } } }
            json.field("e", false)
        }
        #expect(String(decoding: json.bytes, as: UTF8.self) == #"{"a\"b":1,"c":{"d":[true,false]},"e":false}"#)
    }
}
