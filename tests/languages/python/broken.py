#--- path: open_header.py ---#
def good(a):
#   ^^^^ def function good
    return first(a)
#          ^^^^^ call good -> ?first

# Pinned as it is: an open bracket hides the rest of its definition, but no other.
def bad(a, b:
#^ problem
    return second(a

@decorated
def after(c):
#   ^^^^^ def function after
    return third(c)
#          ^^^^^ call after -> ?third
#--- path: open_body.py ---#
class Typing:
#     ^^^^^^ def class Typing
    def method(self):
#       ^^^^^^ def method Typing.method
        return self.other(

    def next(self):
#       ^^^^ def method Typing.next
        return self.method()
#                   ^^^^^^ call Typing.next -> self[Typing].method

def after(c):
#   ^^^^^ def function after
    second(c)
#   ^^^^^^ call after -> ?second
    if c:
        return third(c
