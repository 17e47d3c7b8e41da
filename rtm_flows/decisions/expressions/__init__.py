"""Expressions: the text of a rule, made into a test of many rows at once.

In: texts such as `cart_value >= 50 and type in ["view_item", "search"]`, and the names they may
speak of. Out: checked trees, and programs that test columns. Nothing of a text is ever executed: it
is read into a tree, and every piece of the tree must be one of the few that are known.
"""
