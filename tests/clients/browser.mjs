// Drives Chromium: one job as JSON on stdin, its outcome on stdout.
import { text } from "node:stream/consumers";
import { chromium } from "playwright-core";

const QUIET = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Milliseconds for the page of the docs, which is long, to take in a click. */
const PATIENCE = 120_000;

/** Fetches from within a page; a refused fetch gives its error instead of an answer. */
async function fetched(page, { calls }) {
  return page.evaluate(
    (calls) =>
      Promise.all(
        calls.map(async ({ url, ...options }) => {
          try {
            const answer = await fetch(url, { cache: "no-store", ...options });
            const headers = Object.fromEntries(answer.headers);
            return { status: answer.status, headers, body: await answer.text() };
          } catch (error) {
            return { error: String(error) };
          }
        }),
      ),
    calls,
  );
}

/** Waits for a page's chart, and tells what is drawn: each mark's words and box. */
async function drawn(page, { screenshot }) {
  await page.locator("body[data-state]").waitFor();
  const state = await page.locator("body").getAttribute("data-state");
  if (screenshot) await page.screenshot({ path: screenshot, animations: "disabled" });
  const marks = await page.locator("#chart svg [aria-roledescription]").evaluateAll((all) =>
    all.map((mark) => {
      const { x, y, width, height } = mark.getBoundingClientRect();
      const kind = mark.getAttribute("aria-roledescription");
      const fill = mark.getAttribute("fill") ?? mark.getAttribute("stroke");
      return { kind, words: mark.getAttribute("aria-label"), fill, x, y, width, height };
    }),
  );
  const words = await page.locator("#chart svg text").allTextContents();
  return { state, marks, words, said: await page.locator("#said").textContent() };
}

/** Sends a file on the page of the docs, as a person does; tells the status and the answer. */
async function sent(page, { operation, type, file, saved }) {
  page.setDefaultTimeout(PATIENCE);
  const block = page.locator(`[id$="-${operation}"]`);
  await block.locator(".opblock-summary-control").click();
  await block.locator(".try-out__btn").click();
  await block.locator(".opblock-section-request-body select").first().selectOption(type);
  await block.locator(".response-control-media-type select").first().selectOption(type);
  await block.locator('input[type="file"]').setInputFiles(file);
  await block.locator("button.execute").click();
  const live = block.locator(".live-responses-table");
  await live.waitFor();
  const status = (await live.locator("tbody .response-col_status").first().textContent()).trim();
  const download = page.waitForEvent("download");
  await live.locator("a[download], .download-contents").first().click();
  await (await download).saveAs(saved);
  return { status };
}

/** Changes a field of a page again and again; tells how long each answer in place takes [ms]. */
async function updated(page, { field, values }) {
  await page.locator("html[data-ready]").waitFor();
  const spent = [];
  for (const value of values)
    spent.push(
      await page.evaluate(
        ([field, value]) =>
          new Promise((done) => {
            const answer = document.getElementById("answer");
            const input = document.getElementsByName(field)[0];
            const began = performance.now();
            new MutationObserver((_, observer) => {
              observer.disconnect();
              requestAnimationFrame(() => done(performance.now() - began));
            }).observe(answer, { attributeFilter: ["data-shown"] });
            input.value = value;
            input.dispatchEvent(new Event("change", { bubbles: true }));
          }),
        [field, value],
      ),
    );
  return spent;
}

const JOBS = { fetch: fetched, draw: drawn, send: sent, update: updated };

const job = JSON.parse(await text(process.stdin));
const browser = await chromium.launch({
  executablePath: job.chromium,
  chromiumSandbox: false,
  args: QUIET,
});
try {
  const page = await browser.newPage({
    viewport: { width: 1000, height: 640 },
    reducedMotion: "reduce",
    locale: "en-US",
  });
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("request", (request) => {
    if (!new URL(request.url()).hostname.match(/^(127\.0\.0\.1|localhost|)$/))
      errors.push(`asked ${request.url()}`);
  });
  await page.goto(job.page, { waitUntil: "load" });
  const outcome = await JOBS[job.do](page, job);
  process.stdout.write(JSON.stringify({ outcome, errors }));
} finally {
  await browser.close();
}
