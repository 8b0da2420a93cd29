#--- path: broken.js ---#
function good() { first(); }
#^ problem syntax error near 'function good() { first(); } function b…'
#        ^^^^ def function good
#                 ^^^^^ call good -> ?first
function bad( { second(; }
#^ problem syntax error near '; }'
class Next { run() { third(); }
#            ^^^ def method run
#                    ^^^^^ call run -> ?third
  broken( { fourth(
}
#^ problem syntax error near '}'
function last() { fifth(); }
#        ^^^^ def function last [unbound]
#                 ^^^^^ call last -> ?fifth
#--- path: page.js ---#
<html><script>
function inside() { run(); }
#^ problem syntax error near ';'
#        ^^^^^^ def function inside
#                   ^^^ call inside -> ?run
</script></html>
