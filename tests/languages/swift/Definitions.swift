#--- path: Definitions.swift ---#
import Foundation

/// A shape.
@objc public class Shape<T: Area>: Base<T>, One {
#^ assign Shape:T = _
#                  ^^^^^ def class Shape
    private let field: Shape = make()
#^ assign Shape:field: Shape = Shape?make()
#               ^^^^^ def field Shape.field
    var other = Shape(1)
#^ assign Shape:other = :Shape()
#       ^^^^^ def field Shape.other
    static let shared = Shape()
#^ assign Shape:shared = :Shape()
#              ^^^^^^ def field Shape.shared
    var computed: Int { get { return field.go() } set { newValue.p() } }
#^ assign Shape:computed: Int = _
#       ^^^^^^^^ def field Shape.computed
    init(a: Int, _ b: Shape = Shape()) { super.init(a: a) }
#   ^^^^ def constructor Shape.init
    deinit { }
#   ^^^^^^ def method Shape.deinit
    override static func area<U>(p q: [U], rest: String...) async throws -> Shape? {
#                        ^^^^ def method Shape.area [static, async]
        let local = q.first()
#^ assign Shape.area:local = Shape.area(q).first()
        for each in q { each.go() }
#^ assign Shape.area:each#1 = *Shape.area(q)
        if let found = find() { found.go() }
#^ assign Shape.area:found#2 = Shape?find()
        let (m, n) = pair
#^ assign Shape.area:m = _
#^ assign Shape.area:n = _
        return local
    }
    class func kind() {}
#              ^^^^ def method Shape.kind [static]
    class Inner { func deep() {} }
#         ^^^^^ def class Shape.Inner
#                      ^^^^ def method Shape.Inner.deep
}
struct Point: One { mutating func move() {} }
#      ^^^^^ def struct Point
#                                 ^^^^ def method Point.move
enum Kind: Int { case round, square(Int); func own() {} }
#^ assign Kind:round = new definition[Kind]
#^ assign Kind:square = new definition[Kind]
#    ^^^^ def enum Kind
#                     ^^^^^ def field Kind.round
#                            ^^^^^^ def field Kind.square
#                                              ^^^ def method Kind.own
protocol One: Two { func required(); var value: Int { get } }
#^ assign One:value: Int = _
#        ^^^ def interface One
#                        ^^^^^^^^ def method One.required
#                                        ^^^^^ def field One.value
extension Shape: Three { func grown() {} }
#         ^^^^^ def impl Shape
#                             ^^^^^ def method Shape.grown
typealias Other = Shape
#^ assign :Other = :Shape
#         ^^^^^ def type Other
let LIMIT: Int = 3
#^ assign :LIMIT: Int = <Int>
#   ^^^^^ def variable LIMIT
