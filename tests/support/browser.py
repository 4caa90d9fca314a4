"""A page in headless Chromium, from disk, without a network: driven over its debugging pipe, no driver package."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
    "--mute-audio",
    "--autoplay-policy=no-user-gesture-required",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--remote-debugging-pipe",
)

_NUMBERS = {"Tab": 9, "Enter": 13, "ArrowLeft": 37, "ArrowRight": 39}


class Browser:
    """One page. Use as a context; skips the test where there is no Chromium.

    Args:
        page: HTML file to open.
        folder: for the profile and for downloads.
        timeout_s: of every answer.

    Attributes:
        requested: addresses the page asked for, data left out.
        errors: exceptions nobody caught.
    """

    def __init__(self, page: Path, folder: Path, *, timeout_s: float = 120) -> None:
        if CHROMIUM is None:
            pytest.skip("Chromium is not installed (Debian package chromium)")
        self.page, self.folder, self.timeout_s = page, folder, timeout_s
        self.requested: list[str] = []
        self.errors: list[str] = []
        self._number, self._buffer = 0, b""

    def __enter__(self) -> Browser:
        their_in, self._out = os.pipe()
        self._in, their_out = os.pipe()

        def wire() -> None:
            # Chromium reads commands at descriptor 3 and answers at 4, whatever numbers the pipes have here.
            first, second = os.dup(their_in), os.dup(their_out)
            os.dup2(first, 3)
            os.dup2(second, 4)

        command = [str(CHROMIUM), *_OPTIONS, f"--user-data-dir={self.folder / 'profile'}", "about:blank"]
        self._process = subprocess.Popen(
            command, preexec_fn=wire, pass_fds=(3, 4), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(their_in)
        os.close(their_out)
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Network", "Page", "Runtime"):
            self.call(f"{domain}.enable")
        self.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(self.folder))
        self.call("Page.navigate", url=self.page.as_uri())
        self.wait_for("document.readyState === 'complete' && location.protocol === 'file:'")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)

    def run(self, script: str) -> Any:
        """The value of an expression, promises awaited."""
        answer = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_for(self, condition: str) -> None:
        """Until an expression is true."""
        end = time.monotonic() + self.timeout_s
        while not self.run(condition):
            assert time.monotonic() < end, f"never true: {condition}"
            time.sleep(0.05)

    def press(self, key: str) -> None:
        """A key, as the keyboard sends it."""
        text = {"text": key} if len(key) == 1 else {"text": "\r"} if key == "Enter" else {}
        # What a key does by itself (Enter presses the button in focus, Tab moves on) goes by its number.
        number = {"windowsVirtualKeyCode": _NUMBERS[key]} if key in _NUMBERS else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **text, **number)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, **number)

    def call(self, method: str, **values: Any) -> dict[str, Any]:
        """One command of the DevTools protocol and its answer."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": values}
        if hasattr(self, "_session"):
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            self._note(answer)

    def _note(self, event: dict[str, Any]) -> None:
        if event.get("method") == "Network.requestWillBeSent":
            address = event["params"]["request"]["url"]
            if not address.startswith("data:") and address != self.page.as_uri():
                self.requested.append(address)
        if event.get("method") == "Runtime.exceptionThrown":
            self.errors.append(str(event["params"]["exceptionDetails"]))

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], self.timeout_s)
            assert ready, "Chromium does not answer"
            block = os.read(self._in, 1 << 16)
            assert block, "Chromium has gone"
            self._buffer += block
        text, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        return message
