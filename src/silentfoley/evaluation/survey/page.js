'use strict';
// One listener through one survey. order() is the twin of order.py: same draws, same trials.

const survey = JSON.parse(document.getElementById('survey').textContent);
const media = JSON.parse(document.getElementById('media').textContent);
const SIDES = ['left', 'right'];
const CANNOT_PLAY = 'This browser cannot play one of the two: go on without an answer.';
const element = (id) => document.getElementById(id);

const clipOf = (trial) => survey.clips.find((c) => c.id === trial.clip);

// ---- Who is asked what, and in which order ----

function draws(text) {
  let x = 0x811c9dc5; // FNV-1a
  for (const byte of new TextEncoder().encode(text)) x = Math.imul(x ^ byte, 0x01000193) >>> 0;
  x = x || 1;
  const below = (n) => { // xorshift32
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return Math.floor((x >>> 0) * n / 2 ** 32);
  };
  const shuffled = (n) => {
    const out = [...Array(n).keys()];
    for (let i = n - 1; i > 0; i -= 1) {
      const j = below(i + 1);
      [out[i], out[j]] = [out[j], out[i]];
    }
    return out;
  };
  const turned = (n) => {
    const odd = below(2);
    return shuffled(n).map((i) => (i + odd) % 2 === 1);
  };
  for (let i = 0; i < 8; i += 1) below(1);
  return { below, shuffled, turned };
}

function order(listener) {
  const draw = draws(`${survey.seed}\n${listener}`);
  const placed = ([first, second], turn) => (turn ? { left: second, right: first } : { left: first, right: second });
  const part = (pairs) => {
    const clips = draw.shuffled(survey.clips.length), offset = draw.below(pairs.length);
    const which = clips.map((_, k) => (k + offset) % pairs.length);
    const coins = pairs.map((_, p) => draw.turned(which.filter((w) => w === p).length));
    return clips.map((c, k) => ({ clip: survey.clips[c].id, ...placed(pairs[which[k]], coins[which[k]].shift()) }));
  };
  const screens = part(survey.systems.map((s) => [s, 'truth'])).map((one) => [{ question: 'real', ...one }]);
  for (const one of part(survey.pairs)) {
    const asked = survey.preferences.filter((q) => clipOf(one).picture || !survey.need_picture.includes(q));
    screens.push(asked.map((question) => ({ question, ...one })));
  }
  const n = survey.n_checks;
  const checks = draw.turned(n).map((t) => ({ question: 'heard', clip: '', ...placed(['sound', 'silence'], t) }));
  return screens.flatMap((screen, position) => [
    ...checks.filter((_, i) => Math.floor((2 * i + 1) * screens.length / (2 * n)) === position), ...screen,
  ]);
}

// ---- What is kept if the page is closed: only where the browser lets a file keep anything ----

const shelf = {
  key: `silentfoley survey ${survey.digest}`,
  read(name) { try { return localStorage.getItem(`${this.key} ${name}`); } catch { return null; } },
  write(name, text) { try { localStorage.setItem(`${this.key} ${name}`, text); } catch { /* goes on without */ } },
};

// ---- State: the trial shown is trials[answers.length] ----

let listener = '', trials = [], answers = [], choice = null, shownAt = 0;
let heard = {}, plays = {}, broken = false, shown = '';
const player = (side) => element(side).querySelector('video');
const trial = () => trials[answers.length];

function show(id) {
  for (const name of ['start', 'trial', 'end']) element(name).hidden = name !== id;
}

// Answers kept under a code, if they are whole and answer what it is asked; what is damaged counts as nothing.
function kept(name) {
  const asked = order(name);
  const fits = (row, i) => i < asked.length && ['question', 'clip', 'left', 'right'].every((k) => row[k] === asked[i][k]);
  try {
    const rows = JSON.parse(shelf.read(`answers of ${name}`) ?? '[]');
    return rows.every(fits) ? rows : [];
  } catch { return []; }
}

function unfinished(name) {
  const n = kept(name).length;
  return n > 0 && n < order(name).length;
}

const newCode = () => [...crypto.getRandomValues(new Uint8Array(8))]
  .map((b) => 'abcdefghjkmnpqrstuvwxyz23456789x'[b % 32]).join('');

// Whoever sits down after another listener must see whose answers the button goes on with.
function offer(code) {
  if (code !== undefined) element('listener').value = code;
  const name = element('listener').value;
  element('begin').textContent = unfinished(name) ? `Go on as ${name}` : 'Begin';
  element('kept').hidden = !unfinished(name);
}

function begin(name) {
  listener = name;
  trials = order(listener);
  answers = kept(listener);
  shelf.write('listener', listener);
  answers.length < trials.length ? ask() : finish();
}

function ask() {
  const { question, clip, left, right } = trial();
  const files = clip ? clipOf(trial()).media : survey.checks;
  choice = null;
  plays = { left: 0, right: 0 };
  if (shown !== `${clip} ${left} ${right}`) {
    // The four preferences are asked of one pair, which need not be heard anew.
    shown = `${clip} ${left} ${right}`;
    heard = { left: false, right: false };
    broken = false;
    for (const side of SIDES) {
      player(side).src = media[files[trial()[side]]];
      element(side).querySelector('progress').value = 0;
      element(side).classList.toggle('unseen', player(side).src.startsWith('data:audio'));
    }
  }
  element('question').textContent = survey.questions[question];
  element('progress').textContent = `Question ${answers.length + 1} of ${trials.length}`;
  say(broken ? CANNOT_PLAY : '');
  show('trial');
  update();
  element('question').focus();
  shownAt = performance.now();
}

function say(text) { element('status').textContent = text; }

function update() {
  for (const side of SIDES) {
    const button = element(side).querySelector('.choose');
    button.disabled = !(heard.left && heard.right);
    button.setAttribute('aria-pressed', String(choice === side));
  }
  element('next').disabled = choice === null && !broken;
}

function play(side) {
  for (const other of SIDES) player(other).pause();
  player(side).currentTime = 0;
  plays[side] += 1;
  player(side).play().catch(() => {}); // a pause interrupts it; a file that cannot be played fires 'error'
}

function choose(side) {
  if (!heard.left || !heard.right) return say('Hear both to the end first: keys 1 and 2.');
  choice = side;
  say(`You chose ${side}.`);
  update();
  element('next').focus();
}

function next() {
  if (element('next').disabled) return;
  for (const side of SIDES) player(side).pause();
  const seconds = Math.round(performance.now() - shownAt) / 1000;
  answers.push({ number: answers.length + 1, ...trial(), choice, seconds, plays });
  shelf.write(`answers of ${listener}`, JSON.stringify(answers));
  answers.length < trials.length ? ask() : finish();
}

function result() {
  const finished = answers.length === trials.length;
  return { format: 'silentfoley answers', version: 1, listener, finished, answers, survey };
}

function finish() {
  for (const side of SIDES) player(side).pause();
  const rest = trials.length - answers.length;
  element('count').textContent = `${answers.length} answers` + (rest
    ? `; ${rest} questions are left. Open the page again with the code ${listener} to go on.`
    : '. Save them and send the file to whoever asked you.');
  element('back').hidden = rest === 0;
  element('text').value = JSON.stringify(result(), null, 1);
  show('end');
  element('save').focus();
}

function save() {
  const link = document.createElement('a');
  const file = new Blob([JSON.stringify(result(), null, 1)], { type: 'application/json' });
  link.href = URL.createObjectURL(file);
  link.download = `answers-${listener}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

// ---- Wires ----

for (const side of SIDES) {
  const box = element(side), video = player(side), bar = box.querySelector('progress');
  box.querySelector('.play').addEventListener('click', () => play(side));
  box.querySelector('.choose').addEventListener('click', () => choose(side));
  video.addEventListener('play', () => box.classList.add('playing'));
  video.addEventListener('pause', () => box.classList.remove('playing'));
  video.addEventListener('timeupdate', () => { bar.value = video.duration ? video.currentTime / video.duration : 0; });
  video.addEventListener('ended', () => { heard[side] = true; bar.value = 1; update(); });
  video.addEventListener('error', () => {
    broken = true;
    say(CANNOT_PLAY);
    update();
  });
}
element('next').addEventListener('click', next);
element('stop').addEventListener('click', finish);
element('back').addEventListener('click', ask);
element('save').addEventListener('click', save);
element('start').addEventListener('submit', (event) => {
  event.preventDefault();
  begin(element('listener').value);
});
element('listener').addEventListener('input', () => offer());
element('other').addEventListener('click', () => {
  offer(newCode());
  element('listener').focus();
});
document.addEventListener('keydown', (event) => {
  if (element('trial').hidden || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = {
    1: () => play('left'), 2: () => play('right'), ArrowLeft: () => choose('left'), ArrowRight: () => choose('right'),
    // On a button Enter presses that button.
    Enter: () => { if (event.target.tagName !== 'BUTTON') next(); },
  }[event.key];
  if (!act) return;
  if (event.key !== 'Enter') event.preventDefault();
  act();
});

element('n-trials').textContent = order('').length;
// A code is offered again only while there is something left to answer under it.
const last = shelf.read('listener') ?? '';
offer(unfinished(last) ? last : newCode());
element('listener').focus();
