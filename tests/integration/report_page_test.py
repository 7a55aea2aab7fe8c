#!/usr/bin/env python3
"""The page of `hashcheck -w html` in a real browser, read as a user reads it."""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from browser import Browser

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "testdata" / "fixtures"
PHONE, DESKTOP = 400, 1200
HOSTILE = '<img src="http:x" onerror="document.title=1">'
OPTIONS = None


class ReportPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.folder = pathlib.Path(folder)
        cls.browser = cls.enterClassContext(Browser(OPTIONS.chromium))

    def report(self, name, *arguments):
        """Writes the page and returns its path and the exit code."""
        page = self.folder / (name + ".html")
        if page.exists():
            return page, None
        done = subprocess.run([OPTIONS.hashcheck, "-w", "html", "--out", page, *arguments],
                              capture_output=True, text=True, check=False)
        self.assertIn(done.returncode, (0, 1, 2), done.stderr)
        return page, done.returncode

    def incident(self):
        return self.report("incident", *(FIXTURES / "incident-13766" / m for m in ("m1", "m2", "m3")))

    def texts(self, selector):
        """The visible text of all elements that the selector names."""
        return self.browser.evaluate(
            f"[...document.querySelectorAll({selector!r})].map(e => e.innerText.trim())")

    def assert_sound(self, page):
        self.assertEqual([page.as_uri()], self.browser.requests)
        self.assertEqual([], self.browser.complaints)
        self.assertEqual(0, self.browser.evaluate("document.scripts.length"))

    def test_verdict_outlier_and_difference_are_there_to_read(self):
        page, exit_code = self.incident()
        self.browser.open(page, DESKTOP)
        self.assertIn(exit_code, (1, None))
        self.assert_sound(page)
        self.assertEqual("hashcheck: diverged", self.browser.evaluate("document.title"))
        verdict, = self.texts(".verdict")
        self.assertRegex(verdict, r"DIVERGED: m1 .*from revision 217 on.*/lease/missing")
        self.assertEqual(3, len(self.texts(".members tbody tr")))
        alone, = self.texts("tr.alone")
        self.assertRegex(alone, r"m1\s+alone\s+8e3943c95e0420af\s+2\s+890\s+890\s+890\s+841\b")
        self.assertEqual(["m1 alone", "m2 m3"], [
            re.sub(r"\s+", " ", text) for text in self.texts(".sides thead th")[1:]])
        self.assertIn('"/lease/missing"', self.texts(".sides td"))
        self.assertEqual(1, self.browser.evaluate(
            "document.querySelectorAll('.cells .different').length"))

    def test_what_each_member_says_of_itself_and_which_one_to_take(self):
        page, exit_code = self.report("audit", "--audit", "--best-member", "--redact", *(
            FIXTURES / "incident-13766" / m for m in ("m1", "m2", "m3")))
        self.browser.open(page, DESKTOP)
        self.assertEqual(1, exit_code)
        self.assert_sound(page)
        self.assertEqual(["m1", "m2 m3"], self.texts("h2 ~ h3:has(+ .audit)"))
        anomaly = self.texts(".audit > li")[0]
        self.assertRegex(anomaly, r"^entry 233, .* but left no revision: skipped\n")
        self.assertRegex(anomaly, r'lost: put "/lease/missing" = <size:105 xxh3:[0-9a-f]{16}>')
        self.assertRegex(self.texts(".choice")[0], "^restore from m2 or m3: ")
        for width in (PHONE, DESKTOP):
            self.browser.open(page, width)
            self.assertLessEqual(
                self.browser.evaluate("document.documentElement.scrollWidth"), width)

    def test_tables_have_captions_and_heads_for_those_who_hear_the_page(self):
        page, _ = self.incident()
        self.browser.open(page, DESKTOP)
        self.assertEqual(0, self.browser.evaluate(
            "[...document.querySelectorAll('table')].filter("
            "t => !t.caption || !t.querySelector('th[scope=col]') ||"
            " !t.querySelector('tbody th[scope=row]')).length"))
        self.assertEqual("en", self.browser.evaluate("document.documentElement.lang"))

    def test_logs_that_part_are_drawn_with_their_terms(self):
        page, exit_code = self.report(
            "conflict", *(FIXTURES / "raft-conflict" / m for m in ("m1", "m2", "m3")))
        self.browser.open(page, DESKTOP)
        self.assertEqual(0, exit_code)
        self.assert_sound(page)
        self.assertRegex(self.texts(".verdict")[0], "^The members agree: .* never committed")
        rows = [re.split(r"\s*\t\s*", text) for text in self.texts(".log tr")]
        self.assertEqual(["INDEX", "1..3", "4..176", "177..183", "184..185", "186..188"], rows[0])
        self.assertEqual(["m2", "term 1", "term 2", "term 2, commit not known"], rows[2][:4])

    def test_a_phone_need_not_scroll_the_page_sideways(self):
        for page, _ in (self.incident(), self.report(
                "phone", *(FIXTURES / "raft-conflict" / m for m in ("m1", "m2", "m3")))):
            for width in (PHONE, DESKTOP):
                with self.subTest(page=page.name, width=width):
                    self.browser.open(page, width)
                    self.assertEqual(width, self.browser.evaluate("innerWidth"))
                    self.assertLessEqual(
                        self.browser.evaluate("document.documentElement.scrollWidth"), width)

    def test_dark_and_paper_have_colours_of_their_own(self):
        page, _ = self.incident()
        background = "getComputedStyle(document.body).backgroundColor"
        overflow = "getComputedStyle(document.querySelector('.box')).overflowX"
        self.browser.open(page, DESKTOP)
        self.addCleanup(self.browser.emulate)
        self.browser.emulate(prefers_color_scheme="light")
        self.assertEqual("rgb(255, 255, 255)", self.browser.evaluate(background))
        self.browser.emulate(prefers_color_scheme="dark")
        self.assertNotEqual("rgb(255, 255, 255)", self.browser.evaluate(background))
        self.browser.emulate("print", prefers_color_scheme="dark")
        self.assertEqual("rgb(255, 255, 255)", self.browser.evaluate(background))
        self.assertEqual("visible", self.browser.evaluate(overflow))

    def test_what_comes_from_evidence_is_text(self):
        copy = self.folder / HOSTILE
        shutil.copytree(FIXTURES / "raft-conflict" / "m1", copy)
        page, _ = self.report("hostile", copy, FIXTURES / "raft-conflict" / "m2", "not-there")
        self.browser.open(page, PHONE)
        self.assert_sound(page)
        self.assertEqual(0, self.browser.evaluate("document.images.length"))
        self.assertNotEqual("1", self.browser.evaluate("document.title"))
        self.assertIn(HOSTILE, self.texts(".members tbody th")[0])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--hashcheck", required=True, type=pathlib.Path)
    parser.add_argument("--chromium", required=True, type=pathlib.Path)
    OPTIONS, rest = parser.parse_known_args()
    OPTIONS.hashcheck = OPTIONS.hashcheck.resolve()
    unittest.main(argv=[sys.argv[0], *rest])
