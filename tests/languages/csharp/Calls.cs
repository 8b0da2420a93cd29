#--- path: Calls.cs ---#
namespace Geo;
public class Calls : Base
{
    private Foo field = new Foo(Make());
#                           ^^^ call Calls -> Calls?Foo
#                               ^^^^ call Calls -> Calls?Make
    Foo Foo { get; }
    static void Helper() { }
    Calls(int a) : this() { }
#                  ^^^^ call Calls.Calls -> class[Calls]
    Calls() : base(1) { Start(); }
#             ^^^^ call Calls.Calls -> ?Base
#                       ^^^^^ call Calls.Calls -> Calls?Start
    void Own(Foo p, Foo helper)
    {
        Helper();
#       ^^^^^^ call Calls.Own -> self[Calls].Helper
        helper.Go();
#              ^^ call Calls.Own -> Calls.Own(helper).Go
        Own(p, helper: p);
#       ^^^ call Calls.Own -> self[Calls].Own
        this.Own(p, p).Then().More();
#            ^^^ call Calls.Own -> self[Calls].Own
#                      ^^^^ call Calls.Own -> self[Calls].Own().Then
#                             ^^^^ call Calls.Own -> self[Calls].Own().Then().More
        base.Own(p, p);
#            ^^^ call Calls.Own -> super[Calls].Own
        Inherited();
#       ^^^^^^^^^ call Calls.Own -> Calls?Inherited
        field.Go();
#             ^^ call Calls.Own -> self[Calls].field.Go
        this.field.Go();
#                  ^^ call Calls.Own -> self[Calls].field.Go
        Foo.Go();
#           ^^ call Calls.Own -> self[Calls].Foo.Go
        Other.Make().Go();
#             ^^^^ call Calls.Own -> Calls?Other.Make
#                    ^^ call Calls.Own -> Calls?Other.Make().Go
        Geo.Flat.Shape.Make();
#                      ^^^^ call Calls.Own -> Calls?Geo.Flat.Shape.Make
        new Box<Foo>(1).Go();
#           ^^^ call Calls.Own -> Calls?Box`1
#                       ^^ call Calls.Own -> Calls?Box`1().Go
        ((Foo)p).Go();
#                ^^ call Calls.Own -> new Calls?Foo.Go
        (p as Foo).Go();
#                  ^^ call Calls.Own -> new Calls?Foo.Go
        p?.Go();
#          ^^ call Calls.Own -> Calls.Own(p).Go
        p?.Next.Go();
#               ^^ call Calls.Own -> Calls.Own(p).Next.Go
        p!.Go();
#          ^^ call Calls.Own -> Calls.Own(p).Go
        list[0].Go();
#               ^^ call Calls.Own -> Calls?list[].Go
        F<int>();
#       ^ call Calls.Own -> Calls?F
        Other.G<int>();
#             ^ call Calls.Own -> Calls?Other.G
        await p.LoadAsync();
#               ^^^^^^^^^ call Calls.Own -> Calls.Own(p).LoadAsync
        (p != null ? p : field).Go();
#                               ^^ call Calls.Own -> (Calls.Own(p) | self[Calls].field).Go
        Run(x => x.Go(Helper()));
#       ^^^ call Calls.Own -> Calls?Run
#                  ^^ call Calls.Own -> Calls.Own(x#1).Go
#                     ^^^^^^ call Calls.Own -> self[Calls].Helper
        Run((Foo f) => f.Go());
#       ^^^ call Calls.Own -> Calls?Run
#                        ^^ call Calls.Own -> Calls.Own:f#2.Go
        void Local() { p.Go(); }
#                        ^^ call Calls.Own.Local -> Calls.Own(p).Go
        Local();
#       ^^^^^ call Calls.Own -> Calls.Own:Local
        var made = new Foo(1);
#                      ^^^ call Calls.Own -> Calls?Foo
        made.Go();
#            ^^ call Calls.Own -> Calls.Own:made.Go
        foreach (Foo x in Foos()) x.Go();
#                         ^^^^ call Calls.Own -> Calls?Foos
#                                   ^^ call Calls.Own -> Calls.Own:x#3.Go
        foreach (Bar x in Bars()) x.Go();
#                         ^^^^ call Calls.Own -> Calls?Bars
#                                   ^^ call Calls.Own -> Calls.Own:x#4.Go
        using (var r = Open()) { r.Go(); }
#                      ^^^^ call Calls.Own -> Calls?Open
#                                  ^^ call Calls.Own -> Calls.Own:r#5.Go
        try { } catch (Error e) { e.Go(); }
#                                   ^^ call Calls.Own -> Calls.Own:e#8.Go
        if (p is Foo ff) ff.Go();
#                           ^^ call Calls.Own -> Calls.Own:ff.Go
        switch (p) { case Foo c: c.Go(); break; }
#                                  ^^ call Calls.Own -> Calls.Own:c#10.Go
        p.Try(out var got); got.Go();
#         ^^^ call Calls.Own -> Calls.Own(p).Try
#                               ^^ call Calls.Own -> Calls.Own:got.Go
    }
    int Property => field.Go();
#                         ^^ call Calls.Property -> self[Calls].field.Go
    class Nested { void Run() { Helper(); this.Run(); } }
#                               ^^^^^^ call Calls.Nested.Run -> self[Calls].Helper
#                                              ^^^ call Calls.Nested.Run -> self[Calls.Nested].Run
}
