"""Spreadsheet and text files of sellers: read in a limited child process, and written.

`reading` is the way in and `writing` the way out. Everything that looks into a file of
unknown origin (kinds, archives, books, headers, cells) runs in the child only.
"""
