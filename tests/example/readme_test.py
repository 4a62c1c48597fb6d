"""The README files quote programs of this folder; what they quote is what is built and run."""

import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Readme(unittest.TestCase):
    def quotes(self, readme, program):
        text = (ROOT / readme).read_text()
        source = (ROOT / "tests/example" / program).read_text()
        self.assertIn("```cpp\n" + source + "```\n", text)

    def test_the_front_page_quotes_the_chat_in_30_lines(self):
        self.quotes("README.md", "chat_in_30_lines.cc")

    def test_the_chat_in_30_lines_has_no_more(self):
        source = (ROOT / "tests/example/chat_in_30_lines.cc").read_text()
        self.assertLessEqual(source.count("\n"), 30)

    def test_the_reactor_page_quotes_publish_and_subscribe(self):
        self.quotes("reactor/README.md", "pub_sub.cc")


if __name__ == "__main__":
    sys.exit(unittest.main())
