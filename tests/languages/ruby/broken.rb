#--- path: broken.rb ---#
class Good
#^ problem syntax error near 'class Good def one first end end def ba…'
#     ^^^^ def class Good [partial]
  def one
#     ^^^ def method Good.one
    first
  end
end
def bad(
  second(
#^ problem syntax error: missing ')'
end
def after
#   ^^^^^ def function after
  third
end
