"""Prints what selects the tests of what has changed, for ctest: ctest -L "$(scripts/lib/touched.py)"

Tests carry the name of their folder under tests/ as a label. Changed is what is not committed, and what was
committed since the branch left the main one; on the main branch itself, its last commit. Prints nothing when the
change has no tests of its own.
"""

import subprocess

# Folder -> labels of the tests that exercise it most directly.
TESTS = {
    "reactor": ("reactor", "simulated"),
    "chat": ("chat", "terminal_programs"),
    "bench": ("bench",),
    "scripts": ("scripts",),
}
MAIN = ("origin/main", "main")


def labels_of(paths):
    labels = set()
    for path in paths:
        parts = path.split("/")
        if parts[0] == "tests" and len(parts) > 2:
            labels.add(parts[1])
        elif len(parts) > 1:
            labels.update(TESTS.get(parts[0], ()))
    return sorted(labels)


def pattern_of(labels):
    return f"^({'|'.join(labels)})(,|$)" if labels else ""


def git(*arguments):
    """What git says, line by line; nothing where it refuses."""
    said = subprocess.run(["git", *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                          check=False)
    return said.stdout.splitlines() if said.returncode == 0 else []


def changed_paths():
    head = git("rev-parse", "HEAD")
    bases = [base for branch in MAIN for base in git("merge-base", branch, "HEAD")]
    paths = git("diff", "--name-only", "HEAD") + git("ls-files", "--others", "--exclude-standard")
    since = bases[0] if bases and bases[:1] != head else "HEAD~"
    if since != "HEAD~" or not paths:
        paths += git("diff", "--name-only", since, "HEAD")
    return paths


if __name__ == "__main__":
    print(pattern_of(labels_of(changed_paths())))
