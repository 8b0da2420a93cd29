#--- path: definitions.c ---#
#include <stdio.h>
#define MAX(a, b) pick(a, b)
#       ^^^ def macro MAX
#define LIMIT 3
#^ assign :LIMIT = _
#       ^^^^^ def constant LIMIT
typedef struct node { int x; struct node *next; } Node;
#^ assign :Node = :node
#^ assign node:next: struct node = _
#^ assign node:x: int = _
#              ^^^^ def struct node
#                         ^ def field node.x
#                                         ^^^^ def field node.next
#                                                 ^^^^ def type Node
typedef struct { int bare; } Bare;
#^ assign Bare:bare: int = _
#                    ^^^^ def field Bare.bare
#                            ^^^^ def struct Bare
typedef int (*Callback)(int arg);
#^ assign :Callback = !int
#             ^^^^^^^^ def type Callback
struct Ahead;
enum Colour { RED, GREEN = 2 };
#^ assign Colour:GREEN = <number>
#^ assign Colour:RED = _
#    ^^^^^^ def enum Colour
#             ^^^ def constant Colour.RED
#                  ^^^^^ def constant Colour.GREEN
union Both { int a; float b; };
#^ assign Both:a: int = _
#^ assign Both:b: float = _
#     ^^^^ def struct Both
#                ^ def field Both.a
#                         ^ def field Both.b
static inline int add(int a, Node *b);
#                 ^^^ def function add [declaration]
int global = 3, *pointer;
#^ assign :global: int = <number>
#^ assign :pointer: int = _
#   ^^^^^^ def variable global
#                ^^^^^^^ def variable pointer
const char *names[] = {"a"};
#^ assign :names: char = _
#           ^^^^^ def variable names
/* Adds. */
static int *add(int a, Node *b, int (*f)(int inner), ...) {
#           ^^^ def function add [static]
    Node *local = make(a), plain;
#^ assign add:local: Node = ?make()
#^ assign add:plain: Node = _
    return 0;
}
#ifdef WIDE
int conditional(void) { return 1; }
#   ^^^^^^^^^^^ def function conditional
#else
int conditional(int a) { return 2; }
#   ^^^^^^^^^^^ def function conditional
#endif
int (*chooser(int which))(int) { return 0; }
#     ^^^^^^^ def function chooser
