// The playground in a real browser: sign-in with the supabase-js that it ships, questions to every kind of endpoint,
// keyboard alone, light and dark. BROKER_URL (with env/prompts.example.yaml), EMAIL, PASSWORD, CHROMIUM (the browser's program) and SHOTS, a folder for
// screenshots. Prints one line a check; exits 1 when one fails.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

const { BROKER_URL, EMAIL, PASSWORD, CHROMIUM, SHOTS } = process.env;
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
const context = await browser.newContext({ viewport: { width: 900, height: 900 } });
const page = await context.newPage();
const complaints = [];
const hosts = new Set();
page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
page.on('pageerror', (error) => complaints.push(String(error)));
page.on('request', (request) => hosts.add(new URL(request.url()).host));
let ok = 0;
let failed = 0;

async function check(sentence, run) {
  try {
    await run();
    ok++;
    console.log(`ok    ${sentence}`);
  } catch (error) {
    failed++;
    console.log(`FAIL  ${sentence}\n${error.stack}`);
    await page.screenshot({ path: `${SHOTS}/failed-${failed}.png`, fullPage: true });
  }
}
const shot = (name) => page.screenshot({ path: `${SHOTS}/${name}.png`, fullPage: true });
const choose = (label) => page.getByLabel('Endpoint').selectOption({ label });
async function ask(text, answer) {
  await page.locator('#prompt').fill(text);
  await page.getByRole('button', { name: 'Ask' }).click();
  await page.locator('#facts', { hasText: 'status' }).waitFor();
  assert.equal(await page.locator('#answer').textContent(), answer);
}

await page.goto(`${BROKER_URL}/playground`);

await check('it ships supabase-js as npm has it', async () => {
  const shipped = await (await fetch(`${BROKER_URL}/playground/assets/supabase.js`)).text();
  assert.equal(shipped, readFileSync('node_modules/@supabase/supabase-js/dist/umd/supabase.js', 'utf8'));
});

await check('a wrong password is told in words', async () => {
  await page.getByLabel('Email').fill(EMAIL);
  await page.getByLabel('Password').fill('wrong-password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').filter({ hasText: 'Invalid login credentials' }).waitFor();
  await shot('wrong-password');
  complaints.length = 0; // the browser logs the 400 of the sign-in
});

await check('the keyboard alone signs in and asks', async () => {
  await page.getByLabel('Email').focus();
  await page.keyboard.press('Tab');
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await page.getByText(`Signed in as ${EMAIL}`).waitFor();
  await page.locator('#left', { hasText: '50 of 50 requests left today' }).waitFor();
  await page.getByLabel('Question').focus();
  await page.keyboard.press('Control+Enter');
  await page.locator('#facts', { hasText: 'status 200' }).waitFor();
  assert.equal(await page.locator('#answer').textContent(), 'Echo: Hello');
  assert.equal(await page.locator('#left').textContent(), '49 of 50 requests left today');
});

await check('an answer is shown as it is written, and can be stopped', async () => {
  await page.locator('#prompt').fill('[[model:chunks-200-50]]');
  await page.getByRole('button', { name: 'Ask' }).click();
  await page.locator('#answer', { hasText: '3 ' }).waitFor();
  await shot('streaming');
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.locator('#facts', { hasText: 'stopped' }).waitFor();
  assert.ok(!(await page.locator('#answer').textContent()).includes('199'));
});

for (const label of ['/stream, lines', '/gpt-4o', '/v1/chat/completions']) {
  await check(label, async () => {
    await choose(label);
    await ask('Hello "again" <b>', 'Echo: Hello "again" <b>');
  });
}

await check('/simple answers a question in its address', async () => {
  await choose('/simple-gpt-4o-mini-complete');
  await ask('a&b c', 'Echo: a&b c');
});

await check('a chat remembers', async () => {
  await choose('A chat');
  await ask('One', 'Echo: One');
  await ask('Two', 'Echo: Two');
});

await check('a chat is shown as it is written', async () => {
  await page.locator('#prompt').fill('[[model:chunks-60-100]]');
  await page.getByRole('button', { name: 'Ask' }).click();
  await page.locator('#answer', { hasText: '3 ' }).waitFor();
  assert.ok(!(await page.locator('#answer').textContent()).includes('59'));
  await page.locator('#facts', { hasText: 'status 200' }).waitFor();
  assert.ok((await page.locator('#answer').textContent()).includes('59'));
});

await check('a prompt of the tenant', async () => {
  await choose('/functions/v1/{name}, a prompt of your own');
  assert.equal(await page.getByLabel('Name of the prompt').inputValue(), 'title');
  assert.equal(await page.getByLabel('Input, JSON').inputValue(), '{"text": "Hello"}');
  await ask('{"text":"Hi"}', '{"message":"Echo: A title of at most eight words for this text: Hi"}');
});

await check('a failure is shown with its code', async () => {
  await choose('/gpt-4o');
  await page.locator('#prompt').fill('[[model:fault-500]]');
  await page.getByRole('button', { name: 'Ask' }).click();
  await page.locator('#facts', { hasText: 'upstream_failed' }).waitFor();
  await shot('failure');
});

await check('everything that takes input has a name', async () => {
  const nameless = await page.$$eval('input, select, textarea, button', (all) =>
    all.filter((one) => !one.labels?.length && !one.textContent.trim()).map((one) => one.id));
  assert.deepEqual(nameless, []);
});

/** WCAG's contrast of a text with what is behind it, at least 4.5. */
const faint = () =>
  page.$$eval('h1, h2, p, label, button, input, select, textarea, pre, strong', (all) => {
    const probe = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const rgb = (colour) => {
      probe.clearRect(0, 0, 1, 1);
      probe.fillStyle = colour;
      probe.fillRect(0, 0, 1, 1);
      return probe.getImageData(0, 0, 1, 1).data;
    };
    const light = (colour) => {
      const [r, g, b] = [...rgb(colour)].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (one) => {
      for (let it = one; it; it = it.parentElement) {
        const colour = getComputedStyle(it).backgroundColor;
        if (rgb(colour)[3] > 0) return colour;
      }
      return 'white';
    };
    return all
      .filter((one) => one.offsetParent && (one.textContent.trim() || one.value))
      .map((one) => {
        const [a, b] = [light(getComputedStyle(one).color), light(behind(one))];
        return { text: one.id || one.textContent, contrast: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) };
      })
      .filter(({ contrast }) => contrast < 4.5);
  });
for (const colorScheme of ['light', 'dark']) {
  await check(`it is readable in ${colorScheme}`, async () => {
    await page.emulateMedia({ colorScheme });
    await shot(`signed-in-${colorScheme}`);
    assert.deepEqual(await faint(), []);
  });
}

await check('it fits a telephone', async () => {
  await page.setViewportSize({ width: 360, height: 700 });
  await shot('telephone');
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
});

await check('signing out takes the form away', async () => {
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Email').waitFor();
  assert.ok(await page.locator('#ask').isHidden());
  await page.emulateMedia({ colorScheme: 'light' });
  await shot('signed-out');
});

await check('it breaks no rule of its own and asks nobody else', async () => {
  // The browser logs every refusal; that one was asked for.
  assert.deepEqual(complaints.filter((text) => !text.includes('502')), []);
  const supabase = (await (await fetch(`${BROKER_URL}/playground/settings`)).json()).supabaseUrl;
  assert.deepEqual([...hosts].sort(), [new URL(BROKER_URL).host, new URL(supabase).host].sort());
});

console.log(`${ok} ok, ${failed} failed`);
await browser.close();
process.exit(failed ? 1 : 0);
