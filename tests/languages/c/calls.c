#--- path: calls.c ---#
#include "dir/node.h"
#define MAX(a, b) pick(a, b)
static int helper(int a);
int run(Node *node, Callback back) {
    helper(1);
#   ^^^^^^ call run -> :helper
    elsewhere(helper(2), MAX(1, 2));
#   ^^^^^^^^^ call run -> ?elsewhere
#             ^^^^^^ call run -> :helper
#                        ^^^ call run -> :MAX
    node->next->go(1);
#               ^^ call run -> run(node).next.go
    back(1);
#   ^^^^ call run -> run(back)
    (*back)(2);
#   ^ call run -> run(back)
    ((Node *) node)->go(3);
#                    ^^ call run -> new ?Node.go
    table[0](1);
#   ^^^^^ call run -> ?table[]
    Node *made = make();
#                ^^^^ call run -> ?make
    made->go(4);
#         ^^ call run -> run:made.go
    for (int helper = 0; helper < 3; helper++) { helper(3); }
#                                                ^^^^^^ call run -> run:helper#1
    return node ? node->go(5) : helper(4);
#                       ^^ call run -> run(node).go
#                               ^^^^^^ call run -> :helper
}
