"""A headless Chromium that shows a page, and tells what became of it.

Spoken to in Chrome's DevTools protocol over two pipes (`--remote-debugging-pipe`): messages are JSON, each
ends with a zero byte, what goes in is read from descriptor 3 and what comes out is written to 4.
"""

import json
import os
import subprocess
import tempfile


class Browser:
    """One browser with one page. As a context manager: `with Browser(path) as browser`."""

    def __init__(self, binary):
        self._binary = str(binary)
        self._last_id = 0
        self._session = {}
        self._unread = b""
        self.requests = []  # URLs, since the last open()
        self.complaints = []  # what the page's console shows, likewise

    def __enter__(self):
        self._profile = tempfile.TemporaryDirectory()
        child_in, self._to_browser = os.pipe()
        self._from_browser, child_out = os.pipe()
        # The shell gives the pipes their numbers; root needs --no-sandbox.
        self._process = subprocess.Popen(
            ["sh", "-c", f'exec "$@" 3<&{child_in} 4>&{child_out}', "sh", self._binary,
             "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
             "--disable-dev-shm-usage", "--disable-background-networking",
             f"--user-data-dir={self._profile.name}", "--remote-debugging-pipe"],
            pass_fds=(child_in, child_out), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(child_in)
        os.close(child_out)
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = {"sessionId": attached["sessionId"]}
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(domain + ".enable")
        return self

    def __exit__(self, *_):
        self._session = {}
        self.call("Browser.close")
        self._process.wait()
        os.close(self._to_browser)
        os.close(self._from_browser)
        self._profile.cleanup()

    def open(self, path, width):
        """Shows the file in a window `width` CSS pixels wide, as a phone would where it is narrow."""
        self.requests, self.complaints = [], []
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=800,
                  deviceScaleFactor=1, mobile=width < 600)
        self.call("Page.navigate", url=path.as_uri())
        while self._receive().get("method") != "Page.loadEventFired":
            pass

    def emulate(self, media="", **features):
        """`print`, or features such as prefers_color_scheme="dark"."""
        named = [{"name": name.replace("_", "-"), "value": value}
                 for name, value in features.items()]
        self.call("Emulation.setEmulatedMedia", media=media, features=named)

    def evaluate(self, expression):
        """The value of a JavaScript expression within the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def call(self, method, **params):
        self._last_id += 1
        message = {"id": self._last_id, "method": method, "params": params, **self._session}
        os.write(self._to_browser, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") != self._last_id:
                continue
            if "error" in answer:
                raise AssertionError(f"{method}: {answer['error']}")
            return answer["result"]

    def _receive(self):
        while b"\0" not in self._unread:
            read = os.read(self._from_browser, 1 << 16)
            if not read:
                raise AssertionError("the browser ended")
            self._unread += read
        text, self._unread = self._unread.split(b"\0", 1)
        message = json.loads(text)
        params = message.get("params", {})
        if message.get("method") == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif message.get("method") in ("Log.entryAdded", "Runtime.consoleAPICalled",
                                       "Runtime.exceptionThrown"):
            self.complaints.append(params)
        return message
