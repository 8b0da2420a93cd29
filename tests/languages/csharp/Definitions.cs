#--- path: Definitions.cs ---#
using System.Linq;
namespace Geo.Flat;
/// <summary>A shape.</summary>
[Serializable]
public abstract partial class Shape<T> : Base<T>, IOne where T : Area
#                             ^^^^^ def class Shape [abstract, partial, generic]
{
    private readonly int size = Make(), other;
#^ assign Shape:other: int = _
#^ assign Shape:size: int = Shape?Make()
#                        ^^^^ def field Shape.size
#                                       ^^^^^ def field Shape.other
    public event Action Changed;
#^ assign Shape:Changed: Action = _
#                       ^^^^^^^ def field Shape.Changed
    public Shape Next { get => found.Get(); set { Set(value); } }
#                ^^^^ def property Shape.Next
    public int Area => size.Half();
#              ^^^^ def property Shape.Area
    public Shape(int a, params string[] rest) : base(a) { }
#          ^^^^^ def constructor Shape.Shape
    ~Shape() { }
#    ^^^^^ def method Shape.~Shape
    public static async Task<U> LoadAsync<U>(ref Shape f, int d = 3)
#                               ^^^^^^^^^ def method Shape.LoadAsync [static, async]
    {
        int Local(int q) => q;
#           ^^^^^ def function Shape.LoadAsync.Local
        var made = new Shape();
#^ assign Shape.LoadAsync:made = :Shape()
        foreach (Shape each in list) { }
#^ assign Shape.LoadAsync:each#1: Shape = *Shape?list
        return default;
    }
    public abstract void None();
#                        ^^^^ def method Shape.None [abstract]
    public static Shape operator +(Shape a, Shape b) => a;
#                                ^ def method Shape.operator + [static]
    delegate int Work(int i);
#                ^^^^ def type Shape.Work
    struct Inner { void Deep() { } }
#          ^^^^^ def struct Shape.Inner
#                       ^^^^ def method Shape.Inner.Deep
    enum Kind { Round, Square = 2 }
#^ assign Shape.Kind:Round = new definition[Shape.Kind]
#^ assign Shape.Kind:Square = new definition[Shape.Kind]
#        ^^^^ def enum Shape.Kind
#               ^^^^^ def field Shape.Kind.Round
#                      ^^^^^^ def field Shape.Kind.Square
}
interface IOne : ITwo { void Run(); int P { get; } }
#         ^^^^ def interface IOne
#                            ^^^ def method IOne.Run
#                                       ^ def property IOne.P
record Point(int X, Shape Y) : Base(X);
#^ assign Point:X: int = _
#^ assign Point:Y: Shape = _
#      ^^^^^ def class Point
