"""CMake's unity builds: which sources are compiled together."""

import pathlib
import re


def compiled_with(file):
    """What a compiled file is made of: itself, or the sources that a unity file includes."""
    if "/Unity/" not in file:
        return [file]
    return re.findall(r'^#include "(.*)"', pathlib.Path(file).read_text(), re.MULTILINE)
