"""Where rates come from: one file per kind of source, `book` asks them and remembers for a moment what they said.

How to add one: write `relay/rates/<kind>.py` with a tagged msgspec `Options` struct and a class with the two members of
`Source`; name the struct in `options.py` and the class in `book.py`.
"""
