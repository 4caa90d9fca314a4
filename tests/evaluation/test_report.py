import re
import zlib
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest
from support.browser import Browser
from support.judged import clicks, write_clip

from silentfoley.evaluation.events_v1 import EventsV1
from silentfoley.evaluation.picture import loudest_db, png, spectrogram_png
from silentfoley.evaluation.report import report_html, worst_first, write_report
from silentfoley.evaluation.report_page import confusion, event_lines, histogram
from silentfoley.evaluation.score import score
from silentfoley.evaluation.sides import Needs, load_side
from silentfoley.media.flac import flac_bytes

TRUTH = {"good": [0.3, 0.9, 1.5], "bad": [0.4, 1.0], "worse & <b>": [0.2, 1.2]}
CUES = {"good": [0.31, 0.9, 1.5], "bad": [0.4, 1.7], "worse & <b>": [0.7]}


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    for name, times in TRUTH.items():
        write_clip(folder / "truth", name, times)
        write_clip(folder / "system", name, CUES[name])
    write_clip(folder / "truth", "lost", [1.0])
    protocol = EventsV1()
    sides = [
        load_side(folder / name, role, Needs.of([protocol]), cache=folder / "cache")
        for name, role in (("truth", "reference"), ("system", "generated"))
    ]
    return score(*sides, [protocol], n_resamples=50)


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.addresses, self.stack = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.addresses += [v for k, v in attributes if k in ("src", "href", "action", "poster", "data", "srcset")]
        if tag not in ("meta", "img", "line"):
            self.stack.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag


def test_page_is_whole_and_self_contained(result):
    text = report_html(result)
    page = Page(text)
    assert page.stack == []
    assert page.tags.count("audio") == page.tags.count("img") == 6
    assert all(a.startswith("data:") for a in page.addresses)
    assert not re.search(r"https?://|@import|url\(", text)
    assert "worse &amp; &lt;b&gt;" in text
    assert "<b>" not in text
    assert result.protocols["events_v1"].fingerprint["digest"] in text
    assert "generated: no such clip" in text


def test_worst_clips_come_first_and_the_rest_is_named(result):
    assert [p.id for p, _, _ in worst_first(result)] == ["worse & <b>", "bad", "good"]
    text = report_html(result, max_clips=1)
    assert text.count("<audio") == 2
    assert "2 more clips, without sound here" in text


def test_events_are_drawn_where_they_are(result):
    lines = event_lines({"true": [0.5], "cue": [1.0]}, 2.0)
    assert '<line class="true" x1="250.00"' in lines
    assert '<line class="cue" x1="500.00"' in lines
    assert report_html(result).count('<line class="true"') == 2 * sum(map(len, TRUTH.values()))


def test_picture_decodes_and_shows_when(result):
    sound = clicks([0.5, 1.5], 2.0).samples[0]
    image = cv2.imdecode(np.frombuffer(spectrogram_png(sound, 22_050), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert image.shape[0] == 96
    brightness = image.astype(float).mean(axis=0)
    times_s = np.arange(image.shape[1]) * 2.0 / (image.shape[1] - 1)
    assert abs(times_s[brightness[: image.shape[1] // 2].argmax()] - 0.5) < 0.05
    assert brightness[(times_s > 0.8) & (times_s < 1.4)].max() < 0.3 * brightness.max()
    quiet = cv2.imdecode(
        np.frombuffer(spectrogram_png(0.1 * sound, 22_050, loudest_db(sound, 22_050)), np.uint8), cv2.IMREAD_GRAYSCALE
    )
    assert quiet.max() < image.max()


def test_png_is_lossless():
    indices = np.random.default_rng(0).integers(0, 256, (5, 7), dtype=np.uint8)
    data = png(indices)
    body = data[data.index(b"IDAT") + 4 : data.index(b"IEND") - 8]
    rows = np.frombuffer(zlib.decompress(body), np.uint8).reshape(5, 8)
    assert not rows[:, 0].any()
    np.testing.assert_array_equal(rows[:, 1:], indices)


def test_silence_has_a_picture():
    assert cv2.imdecode(np.frombuffer(spectrogram_png(np.zeros(1000), 22_050), np.uint8), 0) is not None
    assert cv2.imdecode(np.frombuffer(spectrogram_png(np.zeros(0), 22_050), np.uint8), 0) is not None
    assert loudest_db(np.zeros(10), 22_050) == -100.0


def test_flac_keeps_time_and_level(tmp_path):
    from silentfoley.media.audio import read_audio

    sound = clicks([0.5], 1.0)
    (tmp_path / "a.flac").write_bytes(flac_bytes(sound))
    back = read_audio(tmp_path / "a.flac")
    assert back.n_samples == sound.n_samples
    np.testing.assert_allclose(back.samples, sound.samples, atol=2**-15)


def test_histogram_and_confusion():
    bars = histogram([5.0, 6.0, -95.0])
    assert "<title>+0 to +10 ms: 2</title>" in bars
    assert "<title>-100 to -90 ms: 1</title>" in bars
    cells = re.findall(r"<t[dh]>(.*?)</t[dh]>", confusion(["a", "a", "b"], ["a", "b", "b"]))
    assert cells == ["true \\ heard", "a", "b", "a", "1", "1", "b", "", "1"]


PLAY = """
(async () => {
  let played = 0;
  const audios = [...document.querySelectorAll('audio')];
  for (const audio of audios) {
    const moved = new Promise((done) => audio.addEventListener('timeupdate', () => {
      if (audio.currentTime > 0.05) done(true);
    }));
    await audio.play();
    if (await moved) played += 1;
    audio.pause();
  }
  return [audios.length, played, ...audios.map((a) => Math.round(1000 * a.duration))];
})()
"""
SEEK = """
(async () => {
  const box = document.querySelector('.sound'), audio = box.parentElement.querySelector('audio');
  const edge = box.getBoundingClientRect();
  box.dispatchEvent(new MouseEvent('click', { clientX: edge.left + edge.width / 2, bubbles: true }));
  const at = audio.currentTime;
  audio.pause();
  return at;
})()
"""


def test_opens_and_plays_in_chromium(result, tmp_path):
    path = tmp_path / "report.html"
    write_report(path, result)
    with Browser(path, tmp_path) as browser:
        assert browser.run(PLAY) == [6, 6, *[2000] * 6]
        assert browser.run(SEEK) == pytest.approx(1.0, abs=0.02)
        assert browser.run("[...document.images].every((i) => i.naturalWidth > 100)")
        assert browser.run("document.querySelectorAll('line.true').length") == 2 * sum(map(len, TRUTH.values()))
        assert browser.run("fetch('https://example.org').then(() => 'fetched', () => 'refused')") == "refused"
        assert [a for a in browser.requested if "example.org" not in a] == []
        assert browser.errors == []
