#--- path: calls.sh ---#
#!/bin/bash
helper() { cd x; }
#          ^^ call helper -> !cd
run() {
    helper "$1"
#   ^^^^^^ call run -> :helper
    helper | other && helper
#   ^^^^^^ call run -> :helper
#            ^^^^^ call run -> ?other
#                     ^^^^^^ call run -> :helper
    $(helper a)
#     ^^^^^^ call run -> :helper
    "$dynamic" b
    if helper; then external c; fi
#      ^^^^^^ call run -> :helper
#                   ^^^^^^^^ call run -> ?external
    [[ -f x ]] && helper
#                 ^^^^^^ call run -> :helper
}
run a b > out
#< call module -> :run
