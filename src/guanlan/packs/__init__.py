"""What a body starts with, as data: profiles, the demo county, grading presets, fonts.

Nothing here knows Django. :mod:`guanlan.packs.load` reads the files and checks them.
"""
