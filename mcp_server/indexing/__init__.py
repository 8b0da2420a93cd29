"""How do files become an index?"""
